//! The examples for Spark, Airflow and Kubernetes, with the real programs where they
//! are there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::recipes::{Bench, Stdout};
use crate::support::skip::skip_without;

fn packaging(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/packaging").join(path)
}

/// A PATH with our tools and scripts first.
fn path_with_tools() -> String {
    let tools = assert_cmd::cargo::cargo_bin("window-filter");
    let (tools, scripts) = (tools.parent().unwrap(), packaging(".."));
    let path = std::env::var("PATH").unwrap();
    format!("{}:{}:{path}", tools.display(), scripts.display())
}

/// Lines of an archive: a run every seven minutes.
fn archive(from: usize, to: usize) -> String {
    let begin = chrono::DateTime::from_timestamp(1_788_220_800, 0).unwrap();
    let line = |n: usize| {
        let date = begin + chrono::TimeDelta::minutes(7 * i64::try_from(n).unwrap());
        let date = date.format("%Y-%m-%dT%H:%M:%S.000Z");
        format!("{{\"id\":\"t{}\",\"date\":\"{date}\",\"type\":\"TASK\",\"n\":{n}}}\n", n % 7)
    };
    (from..to).map(line).collect()
}

#[test]
fn spark_filters_an_archive_as_one_call_would() {
    if skip_without("spark-submit") || skip_without("java") || skip_without("gzip") {
        return;
    }
    let bench = Bench::start();
    let timetable = "name,start,end\n\
        A,2026-09-03T00:00Z,2026-09-05T00:00Z\nB,2026-09-12T00:00Z,2026-09-13T00:00Z\n";
    bench.write("maintenance.csv", timetable);
    fs::create_dir(bench.path("in")).unwrap();
    bench.write("in/a.jsonl", &archive(0, 1000));
    bench.write("in/b.jsonl", &format!("{}{{\"end\":{{\"runs\":1000}}}}\n", archive(1000, 2000)));
    bench.write("in/c.jsonl", &archive(2000, 3000));
    bench.shell("gzip in/c.jsonl").assert().success();
    let job = |input: &str, output: &str| -> Output {
        let mut command = Command::new("spark-submit");
        command
            .args(["--master", "local[2]"])
            .arg(packaging("spark/filter_runs.py"))
            .args(["--timetable", "maintenance.csv", input, output, "--", "--before", "15m"])
            .env("PATH", path_with_tools())
            .current_dir(bench.path(""));
        command.output().unwrap()
    };
    let done = job("in", "out");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut all = bench.shell("window-filter --timetable maintenance.csv --before 15m");
    let expected = all.write_stdin(archive(0, 3000)).stdout();
    let found = bench.shell("cat out/part-*").stdout();
    assert!(bench.path("out/_SUCCESS").exists());
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert!(expected.lines().count() > 300);
    assert_eq!(found.lines().count(), expected.lines().count());
    assert_eq!(lines(&found), lines(&expected));
    // A line that cannot be read ends the job.
    bench.write("broken.jsonl", &format!("{}{{\"date\":\n", archive(0, 10)));
    assert!(!job("broken.jsonl", "none").status.success());
    assert!(!bench.path("none/_SUCCESS").exists());
}

#[test]
fn airflow_makes_a_pass_of_each_environment() {
    if skip_without("airflow") {
        return;
    }
    let bench = Bench::start();
    let home = bench.path("airflow");
    fs::create_dir_all(home.join("dags")).unwrap();
    let dag = fs::read_to_string(packaging("airflow/maintenance_sync.py")).unwrap();
    let directory = bench.path("");
    let directory = directory.to_str().unwrap().trim_end_matches('/');
    let dag = dag
        .replace(
            "\"TALEND_REGION\": \"eu\"",
            &format!("\"TALEND_API_URL\": \"{}\"", bench.standin.url()),
        )
        .replace("/etc/talend-maintenance", directory)
        .replace("/var/lib/talend-maintenance", &format!("{directory}/state"));
    fs::write(home.join("dags/maintenance_sync.py"), dag).unwrap();
    let airflow = |args: &[&str]| {
        let mut command = Command::new("airflow");
        command
            .args(args)
            .env_clear()
            .env("PATH", path_with_tools())
            .env("HOME", &home)
            .env("AIRFLOW_HOME", &home)
            .env("AIRFLOW__CORE__LOAD_EXAMPLES", "False");
        command.output().unwrap()
    };
    let made = airflow(&["db", "migrate"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let ended = airflow(&["dags", "test", "talend_maintenance"]);
    let text = String::from_utf8_lossy(&ended.stdout) + String::from_utf8_lossy(&ended.stderr);
    // The tenant has no environment of the second name, which keeps the first one from
    // nothing.
    assert_eq!(bench.paused().len(), 3, "{text}");
    assert!(text.contains("unknown environment") || text.contains("no environment"), "{text}");
    assert!(bench.path("state/Production/ledger.jsonl").exists(), "{text}");
}

#[test]
fn a_kustomization_makes_a_cron_job_of_each_environment_of_a_list() {
    if skip_without("kubectl") || skip_without("jq") {
        return;
    }
    let bench = Bench::start();
    let make = |list: &str| {
        bench.write("environments.tsv", list);
        let mut command = bench.command(packaging("kubernetes/environments"));
        command.args(["environments.tsv", "out"]).assert()
    };
    for list in [
        "",
        "# none\n",
        "Prod\tP\teu\n",
        "base\tP\teu\n",
        "a\tP\n",
        "a b\tP\teu\n",
        "a\tP\teu\na\tP\teu\n",
    ] {
        make(list).code(65);
    }
    let list =
        "# name\tenvironment\tregion\nproduction\tProduction\teu\ntest\tTest \"EU\": #1\tus-west";
    make(list).success();
    bench.write("out/test/maintenance.csv", "name,start,end\n");
    make(list).success();
    let text = bench.shell("kubectl kustomize out").stdout();
    let documents: Vec<&str> = text.split("\n---\n").collect();
    let of = |kind: &str| {
        documents
            .iter()
            .filter(|text| text.contains(&format!("kind: {kind}\n")))
            .collect::<Vec<_>>()
    };
    for kind in ["ConfigMap", "PersistentVolumeClaim", "CronJob"] {
        assert_eq!(of(kind).len(), 2, "{kind}\n{text}");
    }
    for (job, name, environment) in [
        (of("CronJob")[0], "production", "Production"),
        (of("CronJob")[1], "test", "'Test \"EU\": #1'"),
    ] {
        for line in [
            format!("  name: maintenance-sync-{name}"),
            format!("value: {environment}"),
            format!("secretName: maintenance-sync-{name}"),
            format!("claimName: maintenance-sync-{name}"),
            "readOnlyRootFilesystem: true".to_owned(),
        ] {
            assert!(job.contains(&line), "{line}\n{job}");
        }
    }
    assert!(of("ConfigMap")[1].contains("name,start,end\n"), "{text}");
    assert!(!text.contains("kind: Secret"), "{text}");
    if !skip_without("kubernetes-validate") {
        bench.write("all.yaml", &text);
        let validated = bench.shell("kubernetes-validate --strict all.yaml").output().unwrap();
        assert!(validated.status.success(), "{}", String::from_utf8_lossy(&validated.stdout));
    }
}
