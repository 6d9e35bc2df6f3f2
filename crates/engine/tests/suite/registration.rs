//! Handlers are checked when the server starts: a slip stops it, and says which it is.

use engine::handlers::{IntegerValue, JobFamily, JobKind, Names, StartError, TextValue};
use engine::{Handlers, register_delta};
use tempfile::tempdir;

use crate::support::{MODEL, RESTORING, open_with, register, restorer, settings};

type Register = fn(&Names<'_>, &mut Handlers) -> Result<(), StartError>;

const UNKNOWN: JobKind = JobKind { number: 9, event: None };
const SPARE: JobKind = JobKind { number: 3, event: None };

engine::slots! {
    /// Slots of which one names no property.
    struct WrongSlots of WORK { title, number_of_pages }
}
const WORK: &str = "work";

fn family(permission: &'static str, kinds: &'static [JobKind]) -> JobFamily {
    JobFamily { permission, kinds }
}

#[tokio::test]
async fn a_slip_in_the_registration_stops_the_start_and_is_named() {
    let cases: [(&str, Register); 16] = [
        ("the operation 'lend' has no handler", |_, _| Ok(())),
        ("the model has no set 'library/films'", |names, _| names.set("films").map(|_| ())),
        ("the model has no type 'film'", |names, _| names.structured("film").map(|_| ())),
        ("the type 'work' has no property 'pages'", |names, _| names.slot(WORK, "pages").map(|_| ())),
        ("has no property 'numberOfPages'", |names, _| WrongSlots::new(names).map(|_| ())),
        ("the type 'work' has no reference 'editor'", |names, _| names.reference(WORK, "editor").map(|_| ())),
        ("there is no 'genre' called 'essay'", |names, _| names.member("genre", "essay").map(|_| ())),
        ("no operation 'sell' is bound to 'work'", |names, _| names.operation("sell", WORK).map(|_| ())),
        ("the operation 'lend' has no parameter 'price'", |names, _| {
            names.parameter::<IntegerValue>(names.operation("lend", WORK)?, "price").map(|_| ())
        }),
        ("the parameter 'days' of 'lend' is not of the type that its handler reads", |names, _| {
            let lend = names.operation("lend", WORK)?;
            names.parameter::<IntegerValue>(lend, "days")?;
            names.parameter::<TextValue>(lend, "days").map(|_| ())
        }),
        ("the model does not name the permission 'Library.Burn'", |names, handlers| {
            handlers.jobs(names, &family("Library.Burn", &[SPARE]))
        }),
        ("two kinds of jobs have the number 1", |names, handlers| {
            register(names, handlers)?;
            handlers.jobs(names, &family("Library.ReadWrite.All", &[RESTORING]))
        }),
        ("the operation 'delta' has two handlers", |names, handlers| {
            register(names, handlers)?;
            register_delta(names, handlers)
        }),
        ("the jobs of kind 3 have no worker", |names, handlers| {
            register(names, handlers)?;
            handlers.jobs(names, &family("Library.ReadWrite.All", &[SPARE]))
        }),
        ("the jobs of kind 1 have two workers", |names, handlers| {
            register(names, handlers)?;
            handlers.job(RESTORING, restorer(names)?);
            Ok(())
        }),
        ("no family declares jobs of kind 9", |names, handlers| {
            register(names, handlers)?;
            handlers.job(UNKNOWN, restorer(names)?);
            Ok(())
        }),
    ];
    for (expected, register) in cases {
        let folder = tempdir().unwrap();
        let error = open_with(&folder, MODEL, settings(), register).await.map(|_| ()).unwrap_err();
        assert!(error.contains(expected), "'{error}' does not say that {expected}");
    }
}

#[tokio::test]
async fn a_worker_needs_a_permission_for_the_set_that_it_changes() {
    for (permission, is_enough) in [("Library.ReadWrite.All", true), ("Library.Clean.All", false)] {
        let folder = tempdir().unwrap();
        let opened = open_with(&folder, MODEL, settings(), |names, handlers| {
            register(names, handlers)?;
            handlers.jobs(names, &family(permission, &[SPARE]))?;
            handlers.job(SPARE, restorer(names)?);
            Ok(())
        });
        match opened.await {
            Ok(_) => assert!(is_enough, "{permission}"),
            Err(error) => {
                assert!(!is_enough, "{error}");
                let expected = "change 'library/works', which the application permission 'Library.Clean.All' does not allow";
                assert!(error.contains(expected), "{error}");
            }
        }
    }
}
