//! PostgreSQL's plans of conditions that must not scan.

use odata::Key;
use scratch_postgres::connect;
use store::Change;

use crate::support::{self, TENANT, WORKS, text, unit};
use crate::units::open;

/// Rows that make a scan dear.
const ROWS: usize = 20_000;
const ROWS_AT_ONCE: usize = 1_000;

#[tokio::test]
async fn a_text_without_its_case_is_found_by_its_index() {
    let url = scratch_postgres::database().await;
    let store = open(&url).await;
    let row = |number: usize| -> Change {
        let signature = format!("Site-{:06}", number / 100);
        support::insert(&store, WORKS, None, &Key::new(), &[("signature", text(&signature))])
    };
    for start in (0..ROWS).step_by(ROWS_AT_ONCE) {
        store.apply(unit(TENANT, (start..start + ROWS_AT_ONCE).map(row).collect())).await.unwrap();
    }
    let client = connect(&url).await;
    client.batch_execute("vacuum analyze works").await.unwrap();
    // As `tolower(signature) in (…)` is rendered, for the first page and for the next.
    for after in ["", "and key > ''"] {
        let text = format!(
            "explain select key from works where tenant = '{TENANT}' and (\"f_signature\" in ('site-000001','site-000002')) \
             {after} order by key limit 500"
        );
        let rows = client.query(&text, &[]).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(plan.contains("i0c_f_signature"), "{plan}");
        assert!(!plan.contains("Seq Scan"), "{plan}");
    }
    store.close().await;
}
