//! The steps of carrying out a plan, so that a caller can follow them, and a test can end the process at any.

/// A step of [`crate::apply()`], told just before it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyStep<'s> {
    /// All attributes are read, to know what to restore.
    Remember,
    /// The machine is asked whether it has an administrator password.
    AskForPassword,
    /// The password is handed to the kernel.
    OpenSession,
    /// What is written will wait until it is saved.
    BeginBulk,
    /// An attribute is read again.
    Read(&'s str),
    /// An attribute is written.
    Write(&'s str),
    /// What was written is saved.
    Save,
    /// An attribute that was written is read back.
    ReadBack(&'s str),
    /// An attribute is given its old value back.
    Restore(&'s str),
    /// All attributes are read, to see whether they have their old values.
    CheckRestored,
    /// The kernel is told to forget the password.
    CloseSession,
    /// The machine is asked whether a reboot is pending.
    AskForReboot,
}
