//! Poolers such as PgBouncer that give a connection of the server's to whoever has a transaction: how one is noticed.

use tokio_postgres::Client;

use crate::sql::session;

/// Whether one is there. Two connections that have one process of the server between them, or one that has two, prove it;
/// under load it may stay unnoticed, which is why a URL can say so.
pub(super) async fn is_before(one: &Client, other: &Client) -> bool {
    let mut processes = Vec::new();
    for client in [one, other, one, other] {
        // A database that only speaks the protocol may have no processes to tell apart.
        let Ok(rows) = client.query_typed(session::PROCESS, &[]).await else { return false };
        let process = rows.first().and_then(|row| row.try_get::<_, i32>(0).ok());
        match process.filter(|process| *process > 0) {
            Some(process) => processes.push(process),
            None => return false,
        }
    }
    is_shared(&processes)
}

/// Whether the processes behind two connections, asked in turn, show that neither has one for itself.
fn is_shared(processes: &[i32]) -> bool {
    match processes {
        [one, other, one_later, other_later] => one == other || one != one_later || other != other_later,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_shared;

    #[test]
    fn only_connections_with_a_process_each_are_not_shared() {
        for (processes, expected) in
            [([1, 2, 1, 2], false), ([1, 1, 1, 1], true), ([1, 2, 3, 4], true), ([1, 2, 1, 3], true)]
        {
            assert_eq!(is_shared(&processes), expected, "{processes:?}");
        }
    }
}
