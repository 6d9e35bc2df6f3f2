//! What the service manager is told, where one asks for it (systemd's `NOTIFY_SOCKET`): ready, reloading, stopping, and,
//! for its watchdog, that the threads of the process still go round.

use sd_notify::NotifyState;

/// Calls are answered from now on.
pub fn tell_ready() {
    tell(&[NotifyState::Ready]);
}

/// The configuration is read again; ready follows, whatever comes of it.
pub fn tell_reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        // Without the time a newer systemd takes the reload for failed, so it is not told of any.
        Err(error) => tracing::warn!(%error, "the time of the reload cannot be told"),
    }
}

/// Requests under way are finished, and no others are taken.
pub fn tell_stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Tells twice in each interval of the watchdog that the process is alive; ends at once where there is none.
pub async fn keep_telling_alive() {
    let Some(interval) = sd_notify::watchdog_enabled().filter(|interval| !interval.is_zero()) else {
        return;
    };
    let mut ticks = tokio::time::interval(interval / 2);
    loop {
        ticks.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

/// Without a service manager there is nobody to tell, and one that does not listen is no reason to stop serving.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager cannot be told about the server");
    }
}
