//! The checksums of a ledger that a test edited.

/// A ledger that a test edited, with the checksums that its lines must have.
pub(crate) fn with_checksums(ledger: &str) -> String {
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
