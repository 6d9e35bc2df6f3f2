//! What each fuzz target does with its input: reads it as the server would, and checks what must hold of whatever was
//! read. Ordinary tests do the same with the committed inputs.

pub mod devices;
pub mod protocol;
pub mod settings_file;
