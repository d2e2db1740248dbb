//! The buffer for bytes that are yet to be read.

/// Makes a buffer at least that large. The new zeros are those that the system has
/// ready, where [`Vec::resize`] would write each of them.
pub fn enlarge_buffer(buffer: &mut Vec<u8>, size: usize) {
    if buffer.len() < size {
        let mut larger = vec![0; size];
        larger[..buffer.len()].copy_from_slice(buffer);
        *buffer = larger;
    }
}
