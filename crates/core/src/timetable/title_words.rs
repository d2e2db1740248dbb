//! The words for the columns of a table in other tables and languages.

use super::column::Column;
use crate::scope::Field;

/// Which part of a time stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// The date alone.
    Date,
    /// The time of day alone.
    Clock,
}

const START: Column = Column::Start;
const END: Column = Column::End;
const UNTIL: Column = Column::Until;
const ENVIRONMENT: Column = Column::Scope(Field::Environment);
const WORKSPACE: Column = Column::Scope(Field::Workspace);
const TASK: Column = Column::Scope(Field::Task);
const TAG: Column = Column::Scope(Field::Tag);
const TYPE: Column = Column::Scope(Field::Type);

/// The titles, as [`plain`] makes them, that mean a column of another name: as
/// calendars and ticket systems export them, and as people write them in
/// English, German and French.
pub(super) const SYNONYMS: &[(&[Column], Part, &str)] = &[
    (
        &[Column::Name],
        Part::Whole,
        "names title subject summary caption description windowname bezeichnung titel betreff \
         beschreibung titre nom objet libelle intitule nombre titulo asunto titolo oggetto",
    ),
    (
        &[START],
        Part::Whole,
        "starts starting startat startsat startingat startdatetime starttimestamp startinstant \
         datetimestart dtstart begin begins beginning beginat beginsat begindatetime from since \
         validfrom activefrom effectivefrom plannedstart scheduledstart von ab beginn anfang \
         debut depart inicio comienzo desde inizio dal",
    ),
    (
        &[START],
        Part::Date,
        "startdate startsdate startday startingdate datestart begindate beginningdate beginday fromdate \
         datefrom startdatum anfangsdatum beginndatum datumvon vondatum datedebut datededebut \
         fechainicio fechadeinicio fechainicial datainizio datadiinizio",
    ),
    (
        &[START],
        Part::Clock,
        "starttime startstime startclock starthour timestart begintime beginningtime fromtime \
         timefrom startzeit startuhrzeit anfangszeit beginnzeit zeitvon uhrzeitvon vonzeit \
         heuredebut heurededebut horainicio horadeinicio orainizio oradiinizio",
    ),
    (
        &[END],
        Part::Whole,
        "ends ending endat endsat endingat enddatetime endtimestamp endinstant datetimeend dtend \
         to till til stop stops stopat finish finishes finishat through thru \
         plannedend scheduledend ende schluss fin fim fine termino",
    ),
    (
        &[END],
        Part::Date,
        "enddate endsdate endday endingdate dateend stopdate finishdate todate dateto enddatum \
         endedatum datumbis bisdatum datefin datedefin fechafin fechadefin \
         fechafinal datafine datadifine",
    ),
    (
        &[END],
        Part::Clock,
        "endtime endstime endclock endhour timeend endingtime stoptime finishtime totime timeto \
         endzeit endezeit enduhrzeit zeitbis uhrzeitbis biszeit heurefin heuredefin \
         horafin horadefin orafine oradifine",
    ),
    (&[START, END], Part::Date, "date dates day datum tage jour fecha fechas"),
    (&[START, END], Part::Clock, "time times clock uhrzeit zeit heure heures hora horas orario"),
    (&[END, UNTIL], Part::Whole, "bis jusqua jusque jusquau hasta finoa finoal"),
    (
        &[Column::Duration],
        Part::Whole,
        "durations durationminutes durationmin durationmins durationhours durationh durationm \
         durationms durationseconds length lengthminutes lengthhours lasts dur timespan hours \
         minutes mins expectedduration estimatedduration plannedduration dauer dauermin \
         dauerstunden dauerminuten laenge lange duree dureeminutes dureeheures \
         duracion durata duracao",
    ),
    (
        &[Column::Timezone],
        Part::Whole,
        "timezones timezoneid timezonename tz tzid tzname tzinfo zone zones zoneid zoneinfo \
         zonename olson iana ianazone ianatimezone ianatz utcoffset gmtoffset offset tzoffset \
         timezoneoffset zeitzone zeitzonen fuseau fuseauhoraire fuseaux fuseauxhoraires \
         zonehoraire zoneshoraires zonahoraria zonashorarias husohorario huso fusoorario \
         fusohorario tijdzone",
    ),
    (&[Column::Kind], Part::Whole, "kinds windowkind windowtype kindofwindow"),
    (
        &[Column::Recurrence],
        Part::Whole,
        "recurrences recurrencerule recurrencerules recurrencepattern recur recurs recurring \
         recurrent rrule rrules rule rules repeat repeats repeating repeated repetition \
         repetitions repeatrule repeatpattern repeatevery frequency freq every interval period \
         periodicity cadence schedule cron cronexpression crontab byday weekday weekdays \
         dayofweek daysofweek days wiederholung wiederholungen wiederholt wiederholtsich \
         wiederkehrend serie serienmuster serientermin turnus rhythmus wochentag wochentage \
         haufigkeit haeufigkeit periodicite frequence joursemaine jourdelasemaine wiederholen \
         regel regeln regle regles repeticion repeticiones recurrencia repetir regla reglas \
         frecuencia periodicidad ripetizione ripetizioni ricorrenza regola regole frequenza \
         recorrencia repeticao herhaling",
    ),
    (
        &[UNTIL],
        Part::Whole,
        "untildate untilday untiltime recurrenceend recurrenceenddate recurrenceuntil endrecurrence \
         endofrecurrence repeatuntil repeatend repeatenddate last lastday lastdate lastoccurrence \
         endson endofseries seriesend serienende validuntil validto validthru activeuntil expires \
         expiry expirydate expiration expirationdate letztertag gueltigbis gultigbis \
         dernierjour finrecurrence \
         validohasta validofinoal",
    ),
    (
        &[Column::Except],
        Part::Whole,
        "excepts exceptdate exceptdates exception exceptions exceptiondate exceptiondates exdate \
         exdates exrule exclude excludes excluded excluding excludedate excludedates \
         excludeddate excludeddates exclusion exclusions excl skip skips skipped skipdates \
         skipdays without unless holidays ausser ausgenommen ausnahme ausnahmen ausnahmedatum \
         feiertage sauf hormis excepte excepcion excepciones excepto salvo excluir exclusiones \
         eccezione eccezioni eccetto tranne escluso esclusi excecao excecoes festivos",
    ),
    (
        &[ENVIRONMENT],
        Part::Whole,
        "environments environ environs env envs stage stages tenant tenants umgebung umgebungen \
         environnement environnements entorno entornos ambiente ambienti ambientes omgeving",
    ),
    (
        &[WORKSPACE],
        Part::Whole,
        "workspaces ws wsid wsname wksp wksps workspc project projects space spaces folder folders \
         arbeitsbereich arbeitsbereiche projekt projekte espace espaces espacedetravail \
         espacesdetravail projet projets espaciodetrabajo espaciosdetrabajo areadetrabajo \
         spaziodilavoro areadilavoro espacodetrabalho proyecto proyectos progetto progetti \
         carpeta carpetas cartella cartelle ordner",
    ),
    (
        &[TASK],
        Part::Whole,
        "tasks job jobs plan plans executable executables artifact artifacts process processes \
         flow flows pipeline pipelines dataflow dataflows aufgabe aufgaben auftrag auftraege \
         auftrage tache taches tarea tareas trabajo trabajos proceso procesos compito compiti \
         attivita lavoro lavori processo processi tarefa tarefas taak taken",
    ),
    (
        &[TAG],
        Part::Whole,
        "tags labels keyword keywords schlagwort schlagworte schlagworter stichwort etikett \
         etiketten etiquette etiquettes motcle motscles etiqueta etiquetas etichetta etichette",
    ),
    (&[TAG, Column::Name], Part::Whole, "label"),
    (
        &[TYPE],
        Part::Whole,
        "types typ typen tipo tipos tipi executabletype executabletypes runtype runtypes tasktype jobtype",
    ),
];

/// Words before and after the names of scopes and of times that do not
/// change their meaning: `affected task names`, `Start (UTC)`.
pub(super) const PREFIXES: &str = "\
    affected impacted only for in scope talend tmc window maintenance maint downtime outage the \
    target concerned nameof namesof listof except exclude excluded excluding ausgenommene skip \
    skipped ignore ignored not without ohne sans sauf";
pub(super) const SUFFIXES: &str = "\
    identifier identifiers id ids names name list lists patterns pattern globs glob filters \
    filter scope affected impacted utc gmt local cet cest ofwindow ofmaintenance ofdowntime \
    ofstart iana olson database db excluded toexclude skipped toskip toignore exceptions \
    exceptionlist not used s";
