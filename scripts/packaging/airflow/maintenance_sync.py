"""One mapped task for each environment. Airflow's own alerts report a failure, and
one environment's failure keeps no other from its pass.

The worker needs talend-maintenance installed and a directory that outlives
it, since the ledger is what tasks are given back from: bind the DAG to a queue
with one worker. `append_env` keeps PATH; no secret is in the DAG, only the
token file's name.
"""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

ENVIRONMENTS = ["Production", "Test"]


def settings(environment):
    """The variables of maintenance-sync(1) for one environment."""
    return {
        "TALEND_ENVIRONMENT": environment,
        "TALEND_REGION": "eu",
        "TALEND_TOKEN_FILE": "/etc/talend-maintenance/token",
        "TASK_PAUSE_LEDGER": f"/var/lib/talend-maintenance/{environment}/ledger.jsonl",
        "MAINTENANCE_TIMETABLE": "/etc/talend-maintenance/maintenance.csv",
        # What shares an address shares its 1,800 requests a minute.
        "MAINTENANCE_RATE": str(1800 // len(ENVIRONMENTS)),
    }


with DAG(
    dag_id="talend_maintenance",
    schedule="*/5 * * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"queue": "maintenance", "execution_timeout": timedelta(minutes=15)},
):
    BashOperator.partial(
        task_id="sync",
        map_index_template="{{ task.env['TALEND_ENVIRONMENT'] }}",
        # The space keeps Airflow from taking it for a template's file name.
        bash_command="maintenance-sync ",
        append_env=True,
        # 75: another process holds the ledger, the next pass will do.
        skip_on_exit_code=75,
    ).expand(env=[settings(environment) for environment in ENVIRONMENTS])
