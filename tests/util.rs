//! What every pipeline test needs: the tools in a clean environment.

use assert_cmd::Command;

/// The three tools.
pub(crate) const TOOLS: [&str; 3] = ["runs-fetch", "window-filter", "task-pause"];

/// One of the built binaries, in an environment without anything that could
/// leak in from the machine that runs the tests.
pub(crate) fn tool(name: &str) -> Command {
    let mut command = Command::cargo_bin(name).unwrap();
    command.env_clear();
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// A ledger that a test edited, with the checksums that its lines must have.
pub(crate) fn sealed(ledger: &str) -> String {
    let seal = |line: &str| {
        let mut entry: serde_json::Value = serde_json::from_str(line).unwrap();
        let is_checked = entry.as_object_mut().unwrap().remove("crc").is_some();
        let text = entry.to_string();
        if !is_checked && entry["v"].as_u64() < Some(3) {
            return text + "\n";
        }
        format!(
            "{},\"crc\":\"{:08x}\"}}\n",
            text.strip_suffix('}').unwrap(),
            crc32(text.as_bytes())
        )
    };
    ledger.lines().map(seal).collect()
}

/// The CRC-32 of ISO 3309, as gzip has it.
fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

/// Whether a test that needs that program must be skipped, which it says.
pub(crate) fn skip_without(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|dir| dir.join(program).is_file());
    if !found {
        eprintln!("SKIPPED: {program} is not installed");
    }
    !found
}

/// Whether this process, and so what it starts, ignores SIGHUP, as below nohup:
/// then a tool leaves it so, and a test that sends one is skipped, which it says.
pub(crate) fn ignores_hangups() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap_or_default();
    let ignored = u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & 1 == 1);
    if ignored {
        eprintln!("SKIPPED: SIGHUP is ignored here");
    }
    ignored
}

/// The same, connected to a stand-in with the sample's access token.
pub(crate) fn api_tool(name: &str, standin: &tmc_standin::Standin) -> Command {
    let mut command = tool(name);
    command.env("TALEND_API_URL", standin.url());
    command.env("TALEND_TOKEN", "sample-personal-access-token");
    command
}

/// How a tool ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a tool to its end. One that a signal ended has the code -1.
pub(crate) fn run(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A generator of small numbers, the same on every machine (xorshift).
pub(crate) struct Dice(u64);

impl Dice {
    /// A seed that is not zero.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    /// A place in a list of so many.
    pub(crate) fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }
}
