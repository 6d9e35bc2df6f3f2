//! One suite for every database. Each test gets a database of its own, still without tables.

#![allow(clippy::unwrap_used)]

pub mod backup;
pub mod binary;
pub mod containment;
pub mod damage;
pub mod drawn_filter;
pub mod durability;
pub mod entities;
pub mod filter;
pub mod functions;
pub mod idempotency;
pub mod indexed;
pub mod jobs;
pub mod journal;
pub mod keys;
pub mod ledger;
pub mod list;
pub mod model_change;
pub mod opening;
pub mod oracle;
pub mod quotas;
pub mod search;
pub mod secrets;
pub mod tenants;

/// Makes a test of each function of the suite; `$database` is an async function that gives a guard, which keeps the
/// database alive, and the database.
#[macro_export]
macro_rules! suite {
    ($database:path: $($module:ident { $($test:ident),* $(,)? })*) => {$(
        mod $module {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let (_guard, database) = $database().await;
                    $crate::suite::$module::$test(database).await;
                }
            )*
        }
    )*};
    // All but what draws thousands of queries, which takes minutes and writes nothing new.
    ($database:path; undrawn) => {
        $crate::suite! { $database:
            backup {
                a_later_model_carries_over_what_was_restored, after_a_restore_no_number_is_given_again,
            }
            binary {
                a_binary_value_comes_back_byte_for_byte, a_binary_value_is_compared_wherever_it_rests,
                a_binary_value_outlasts_a_model_without_it, what_an_older_document_has_within_stays_readable,
            }
            containment {
                a_contained_entity_lives_in_its_parent, the_end_of_an_entity_ends_all_it_contains,
                a_singleton_needs_its_parent_not_itself,
            }
            damage {
                a_damaged_job_is_left_alone_and_holds_up_no_other, a_damaged_journal_entry_is_named,
                damaged_secrets_are_not_lost_in_an_update,
            }
            durability { concurrent_writers_are_all_acknowledged_and_all_there, acknowledged_is_readable_at_once }
            entities {
                an_entity_comes_back_as_it_was, versions_ascend_and_guard, a_taken_key_or_value_is_refused,
                a_unit_is_all_or_nothing, what_it_was_decided_by_must_still_be_so,
                of_many_that_looked_at_a_set_one_may_change_it, tenants_do_not_meet, a_long_document_survives,
            }
            filter {
                a_filter_means_what_the_specification_says, a_type_excludes_other_types,
                a_reference_is_followed_backwards, an_indexed_search_keeps_the_other_conditions,
                a_long_chain_of_conditions_is_no_deep_one, the_largest_filters_are_answered,
            }
            idempotency {
                a_request_is_done_once, a_record_of_no_insert_is_a_defect, what_is_old_is_forgotten,
                of_many_at_once_one_is_done,
            }
            jobs {
                a_job_comes_and_goes_with_the_unit_it_is_in, what_is_due_is_claimed_the_longest_due_first,
                only_the_last_claim_ends_a_job, a_job_takes_the_place_of_one_for_the_same_subject,
                a_job_is_claimed_by_one_only,
            }
            keys {
                another_key_takes_the_place_of_the_first, either_key_opens_until_the_end_whatever_ends_the_rotation,
                data_keys_are_replaced_while_others_read_and_write,
                what_was_read_before_a_rotation_is_opened_and_changed_after_it,
                a_rotation_of_data_keys_goes_on_in_another_process, what_is_moved_does_not_open,
                what_does_not_open_stays_and_so_does_its_key, a_damaged_data_key_is_told_from_a_wrong_key,
            }
            ledger {
                an_entry_is_compared_before_it_changes, entries_are_read_in_the_order_asked_by_any_tenant,
                of_many_that_claim_an_entry_one_gets_it,
            }
            journal {
                the_journal_tells_what_happened_in_order, the_journal_is_read_in_pages,
                changes_of_a_kind_share_an_entry_and_its_number,
                of_entries_that_name_very_many_keys_few_are_read_at_once,
                old_entries_end_but_for_the_audit_and_the_newest, a_pruned_journal_holds_what_is_young,
            }
            list { every_order_pages_through_every_row_once, skip_and_limit_cut_a_list, counts_ignore_pages }
            model_change {
                what_rests_stays_readable_when_the_model_changes, a_new_index_is_filled_from_the_documents,
                an_index_that_comes_back_is_filled_again, a_set_that_left_is_left_out_of_the_journal,
                an_older_layout_is_carried_over, a_set_that_became_a_view_brings_its_entities,
            }
            opening { a_store_reopens_with_all_it_held, another_encryption_key_is_refused, it_answers_a_ping }
            quotas {
                a_tenant_holds_as_much_as_its_quota_and_no_other_is_bound,
                the_change_is_told_that_is_one_too_many,
                bytes_are_those_of_the_entities_as_they_are_now, a_tenant_that_holds_too_much_may_still_let_go,
                of_many_writers_exactly_so_many_succeed, the_count_never_drifts,
            }
            secrets {
                secrets_are_opened_with_a_receipt_only, an_update_carries_what_is_sealed,
                a_new_secret_replaces_the_old,
            }
            tenants {
                a_mark_takes_the_place_of_the_one_it_should, a_command_reads_and_marks_beside_a_server,
                what_a_tenant_has_beside_its_entities_ends_alone,
            }
        }
    };
    ($database:path) => {
        $crate::suite!($database; undrawn);
        $crate::suite! { $database:
            functions { every_function_yields_what_the_evaluator_yields }
            indexed { indexed_changed_and_new_texts_are_found_alike }
            oracle {
                random_filters_keep_what_the_evaluator_keeps, random_orders_sort_as_the_evaluator_says,
                a_double_has_the_same_text_everywhere,
            }
            search {
                random_searches_find_what_the_texts_hold,
                a_search_sees_updates_but_no_secrets_and_no_other_tenants,
                texts_that_a_newer_model_has_are_found_too,
            }
        }
    };
}
