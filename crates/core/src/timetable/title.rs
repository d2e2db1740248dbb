//! What the title of a column, or the name of a member, means: a column that
//! is read, one that was probably meant, or nothing.
//!
//! A scope or a zone whose column is passed over silently is a window that
//! concerns the wrong runs at the wrong time. So a title that is close to a
//! known one, or that means the same, is an error and not just unknown.

use super::row::Column;
use super::title_parts::meant_in_parts;
use crate::scope::Field;
use crate::short_name::is_invisible;

/// The meaning of one title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Title {
    /// The column of that name.
    Known(Column),
    /// No column has that name, but these were probably meant.
    Meant(Meant),
    /// Nothing that is read.
    Unused,
}

/// The columns that a title probably means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meant {
    /// Best first, at least one.
    pub(super) columns: Vec<Column>,
    /// Whether it means them also where they are there under their own name.
    /// A `summary` beside a `name` is harmless.
    pub(super) always: bool,
    /// Which part of a time it holds.
    pub(super) part: Part,
}

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

impl Title {
    /// The meaning of a title as it was written.
    pub(super) fn of(title: &str) -> Self {
        if let Some(column) = Column::from_name(title) {
            return Self::Known(column);
        }
        let plain = plain(title);
        // Nothing that is read has a long name; and no text is measured at length.
        if plain.is_empty() || title.len() > 4 * LONGEST {
            return Self::Unused;
        }
        if plain.len() > LONGEST {
            return meant_in_parts(title).map_or(Self::Unused, Self::Meant);
        }
        synonym(&plain)
            .or_else(|| without_affixes(&plain, 3))
            .or_else(|| close(&plain))
            .or_else(|| meant_in_parts(title))
            .map_or(Self::Unused, Self::Meant)
    }
}

/// The meaning of a name before a colon in a calendar's category. Categories are
/// words of all kinds (`Tax:2026`, `Team:A`), so of short names only a swap of
/// two letters counts as a slip.
pub(super) fn of_category(name: &str) -> Title {
    let title = Title::of(name);
    let plain = plain(name);
    if plain.len() > 6 || synonym(&plain).or_else(|| without_affixes(&plain, 3)).is_some() {
        return title;
    }
    match &title {
        Title::Meant(meant) if !meant.columns.iter().any(|c| is_swap(&plain, c.as_str())) => {
            Title::Unused
        }
        _ => title,
    }
}

impl Meant {
    /// The columns' names: `end or until`.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.as_str()).collect();
        names.join(" or ")
    }
}

/// The longest title that is compared with others, in bytes.
const LONGEST: usize = 40;

/// A title as it is compared: without case, white space, `_`, `-` and what
/// cannot be seen.
pub(super) fn normalized(title: &str) -> String {
    title.chars().filter(|&c| !is_ignored(c)).flat_map(char::to_lowercase).collect()
}

fn is_ignored(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || is_invisible(c)
        // The latter are what word processors make of a hyphen.
        || matches!(c, '_' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The letters and digits of a title, without accents: `Début (UTC)` is
/// `debututc`.
fn plain(title: &str) -> String {
    let mut plain = String::with_capacity(title.len());
    for c in normalized(title).chars() {
        match c {
            'à'..='å' => plain.push('a'),
            'ç' => plain.push('c'),
            'è'..='ë' => plain.push('e'),
            'ì'..='ï' => plain.push('i'),
            'ñ' => plain.push('n'),
            'ò'..='ö' => plain.push('o'),
            'ù'..='ü' => plain.push('u'),
            'ß' => plain.push_str("ss"),
            _ if c.is_alphanumeric() => plain.push(c),
            _ => {}
        }
    }
    plain
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
const SYNONYMS: &[(&[Column], Part, &str)] = &[
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

/// What stands before and after the names of scopes and of times, and does not
/// change what they mean: `affected task names`, `Start (UTC)`.
const PREFIXES: &[&str] = &[
    "affected",
    "impacted",
    "only",
    "for",
    "in",
    "scope",
    "talend",
    "tmc",
    "window",
    "maintenance",
    "maint",
    "downtime",
    "outage",
    "the",
    "target",
    "concerned",
    "nameof",
    "namesof",
    "listof",
    "except",
    "exclude",
    "excluded",
    "excluding",
    "ausgenommene",
    "skip",
    "skipped",
    "ignore",
    "ignored",
    "not",
    "without",
    "ohne",
    "sans",
    "sauf",
];
const SUFFIXES: &[&str] = &[
    "identifier",
    "identifiers",
    "id",
    "ids",
    "names",
    "name",
    "list",
    "lists",
    "patterns",
    "pattern",
    "globs",
    "glob",
    "filters",
    "filter",
    "scope",
    "affected",
    "impacted",
    "utc",
    "gmt",
    "local",
    "cet",
    "cest",
    "ofwindow",
    "ofmaintenance",
    "ofdowntime",
    "ofstart",
    "iana",
    "olson",
    "database",
    "db",
    "excluded",
    "toexclude",
    "skipped",
    "toskip",
    "toignore",
    "exceptions",
    "exceptionlist",
    "not",
    "used",
    "s",
];

fn synonym(plain: &str) -> Option<Meant> {
    // One that differs only in marks or accents: `start:`, `récurrence`.
    if let Some(column) = Column::from_name(plain) {
        return Some(meant(&[column], Part::Whole));
    }
    let (columns, part, _) =
        SYNONYMS.iter().find(|(_, _, words)| words.split(' ').any(|word| word == plain))?;
    Some(meant(columns, *part))
}

pub(super) fn meant(columns: &[Column], part: Part) -> Meant {
    let always = columns.iter().any(|column| *column != Column::Name);
    Meant { columns: columns.to_vec(), always, part }
}

/// The synonym that is left without what stands around it, if that may.
fn without_affixes(plain: &str, most: u8) -> Option<Meant> {
    let most = most.checked_sub(1)?;
    let prefixes = PREFIXES.iter().filter_map(|prefix| plain.strip_prefix(prefix));
    let suffixes = SUFFIXES.iter().filter_map(|suffix| plain.strip_suffix(suffix));
    prefixes.chain(suffixes).filter(|rest| rest.len() > 2 || matches!(*rest, "tz" | "ws")).find_map(
        |rest| synonym(rest).filter(bears_affixes).or_else(|| without_affixes(rest, most)),
    )
}

/// `task name` means the task; but a `change type` or a `host name` is neither
/// a type nor a name of ours.
pub(super) fn bears_affixes(meant: &Meant) -> bool {
    meant.columns.iter().all(|column| match column {
        Column::Scope(field) => *field != Field::Type,
        Column::Start | Column::End | Column::Timezone => true,
        _ => false,
    }) && !(meant.columns.len() > 1 && meant.part != Part::Whole)
}

/// The columns whose names, or words for them, differ from this one in a letter
/// or two, more if they are long. A swap of two letters is one difference.
fn close(plain: &str) -> Option<Meant> {
    let mut best: Option<(usize, Meant)> = None;
    let mut take = |distance: usize, found: Meant| match &mut best {
        Some((least, known)) if *least == distance => {
            for column in found.columns {
                if !known.columns.contains(&column) {
                    known.columns.push(column);
                }
            }
            known.always |= found.always;
        }
        Some((least, _)) if *least < distance => {}
        _ => best = Some((distance, found)),
    };
    for column in Column::ALL {
        let name = column.as_str();
        let distance = strsim::osa_distance(plain, name);
        let same_shape = plain.len() == name.len() && plain.get(..1) == name.get(..1);
        let (most, always) = match name.len() {
            7.. => (2, true),
            // Two letters of five are a lot: `state` is no `start`, nor `unit`
            // an `until`, if the right one is there.
            5..=6 if same_shape => (2, distance < 2),
            _ => (1, true),
        };
        if distance <= most {
            let mut found = meant(&[column], Part::Whole);
            found.always &= always;
            take(distance, found);
        }
    }
    for (columns, part, words) in SYNONYMS {
        if words.split(' ').any(|word| is_slip(plain, word)) {
            take(1, meant(columns, *part));
        }
    }
    best.map(|(_, found)| found)
}

/// Whether a long word was written with a letter too many or too few, or with
/// two of them swapped. Another letter in its place makes other words:
/// `internal` is no `interval`.
fn is_slip(plain: &str, word: &str) -> bool {
    let near = word.len() >= 6
        && plain.len().abs_diff(word.len()) <= 1
        && plain.as_bytes().first() == word.as_bytes().first()
        && strsim::osa_distance(plain, word) == 1;
    near && (plain.len() != word.len() || is_swap(plain, word))
}

/// Whether two words differ in the order of two letters alone.
fn is_swap(plain: &str, word: &str) -> bool {
    let sorted = |text: &str| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.sort_unstable();
        bytes
    };
    strsim::osa_distance(plain, word) == 1 && sorted(plain) == sorted(word)
}
