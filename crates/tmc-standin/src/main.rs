//! The stand-in as a process of its own, for demos.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Parser};
use tmc_standin::{Fault, Standin, Time, World};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// A stand-in for the Talend Cloud API on the loopback interface.
///
/// Writes one line, {"url": "http://127.0.0.1:PORT"}, once it listens, and
/// runs until it is interrupted or terminated.
#[derive(Parser)]
#[command(version, group = ArgGroup::new("tenant").required(true))]
struct Args {
    /// The tenant, from a world file
    #[arg(long, value_name = "FILE", group = "tenant")]
    world: Option<PathBuf>,
    /// The tenant of the vendor's documentation: one task, six runs in 2022
    #[arg(long, group = "tenant")]
    sample: bool,
    /// A tenant made up from a seed, with so many tasks
    #[arg(long, value_name = "SEED:TASKS", value_parser = seed_and_tasks, group = "tenant")]
    generate: Option<(u64, usize)>,
    /// The time of the clock at the start, RFC 3339 or epoch milliseconds
    #[arg(long, value_name = "TIME")]
    clock: Option<Time>,
    /// The clock stands still
    #[arg(long)]
    frozen: bool,
    /// The faults, a JSON array
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// The loopback address to listen on
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// The port to listen on; 0 is any free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Write the line with the URL to this file, not to standard output
    #[arg(long, value_name = "FILE")]
    print_url_to: Option<PathBuf>,
    /// End too when standard input is closed, so that nothing is left running
    /// when the demo that started it is killed
    #[arg(long)]
    until_stdin_closes: bool,
}

fn seed_and_tasks(text: &str) -> anyhow::Result<(u64, usize)> {
    let (seed, tasks) = text.split_once(':').context("expected SEED:TASKS")?;
    Ok((seed.parse().context("the seed")?, tasks.parse().context("the number of tasks")?))
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    if !args.address.is_loopback() {
        bail!("{} is not a loopback address", args.address);
    }
    // Signals are caught before anybody can know that it listens.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let end = {
        let _context = runtime.enter();
        End::new(args.until_stdin_closes)?
    };
    let standin = Standin::start_at(world(&args)?, (args.address, args.port).into())?;
    if let Some(file) = &args.faults {
        let text = read(file)?;
        let faults: Vec<Fault> =
            serde_json::from_str(&text).with_context(|| format!("{}", file.display()))?;
        standin.add_faults(faults).with_context(|| format!("{}", file.display()))?;
    }
    let line = format!("{}\n", serde_json::json!({"url": standin.url()}));
    match &args.print_url_to {
        Some(file) => std::fs::write(file, line).with_context(|| format!("{}", file.display()))?,
        None => std::io::stdout().write_all(line.as_bytes())?,
    }
    runtime.block_on(end.come());
    drop(standin);
    Ok(())
}

fn world(args: &Args) -> anyhow::Result<World> {
    let mut world = match (&args.world, args.generate) {
        (Some(file), _) => {
            World::from_json(&read(file)?).with_context(|| format!("{}", file.display()))?
        }
        (None, Some((seed, tasks))) => World::generate(seed, tasks),
        (None, None) => World::documentation_sample(),
    };
    world.clock = args.clock.or(world.clock);
    world.frozen |= args.frozen;
    Ok(world)
}

fn read(file: &std::path::Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// The end of the process.
struct End {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    stdin: Option<oneshot::Receiver<()>>,
}

impl End {
    fn new(until_stdin_closes: bool) -> anyhow::Result<Self> {
        let stdin = until_stdin_closes.then(|| {
            let (closed, stdin) = oneshot::channel();
            // A read cannot be given up: the thread ends with the process.
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while matches!(std::io::stdin().read(&mut buffer), Ok(1..)) {}
                let _ = closed.send(());
            });
            stdin
        });
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            stdin,
        })
    }

    async fn come(mut self) {
        let stdin_closes = async {
            match self.stdin {
                Some(closed) => drop(closed.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = stdin_closes => {}
        }
    }
}
