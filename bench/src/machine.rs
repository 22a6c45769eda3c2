//! On what it was measured.

use std::fs::read_to_string;

/// The processor, how many of it, the memory, the kernel, and how busy they are.
pub(crate) fn description() -> String {
    let line = |file: &str, name: &str| -> Option<String> {
        let text = read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let unknown = || "unknown".to_owned();
    let processor = line("/proc/cpuinfo", "model name").unwrap_or_else(unknown);
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory = line("/proc/meminfo", "MemTotal").unwrap_or_else(unknown);
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_else(|_| unknown());
    let load = read_to_string("/proc/loadavg").unwrap_or_else(|_| unknown());
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "{processor}; {cores} cores; memory {memory}; Linux {}; load {load}; search by {:?}.",
        kernel.trim(),
        tanda_biometrics::Path::detect()
    )
}
