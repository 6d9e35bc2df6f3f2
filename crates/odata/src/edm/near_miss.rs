//! "Did you mean…": the closest known name to one that is not known.

/// The candidate nearest to `name`, if it is near enough to be a slip: at most a third of the letters differ.
pub fn near_miss<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Hints are for slips; a caller who sends a page of text gets none, and costs nothing.
    if name.len() > 100 {
        return None;
    }
    let bound = (name.chars().count() / 3).max(1);
    candidates
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= bound)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein distance, ASCII case ignored.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().map(|c| c.to_ascii_lowercase()).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().map(|c| c.to_ascii_lowercase()).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::near_miss;

    #[test]
    fn a_slip_is_recognized_and_a_stranger_is_not() {
        let names = ["serialNumber", "groupTag", "displayName"];
        assert_eq!(near_miss("serialNumbr", names.into_iter()), Some("serialNumber"));
        assert_eq!(near_miss("GroupTags", names.into_iter()), Some("groupTag"));
        assert_eq!(near_miss("colour", names.into_iter()), None);
    }
}
