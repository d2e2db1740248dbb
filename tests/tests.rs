//! The pipeline tests: the real binaries against the stand-in.
