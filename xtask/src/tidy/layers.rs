//! An order for things that use each other in circles, in which little runs up.

/// The floor of each thing, from 0, so that what uses a thing above it costs little, given the cost of each use:
/// `costs[user][used]`, 0 if there is none. No single thing could be moved for the better.
pub(super) fn floors(costs: &[Vec<usize>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..costs.len()).collect();
    let mut improves = true;
    while improves {
        improves = false;
        for thing in 0..costs.len() {
            improves |= move_to_best(&mut order, thing, costs);
        }
    }
    let mut floors = vec![0; costs.len()];
    for (floor, thing) in order.into_iter().enumerate() {
        floors[thing] = floor;
    }
    floors
}

/// Moves a thing to where its uses and users cost the least; whether that is better than where it was.
fn move_to_best(order: &mut Vec<usize>, thing: usize, costs: &[Vec<usize>]) -> bool {
    let Some(before) = order.iter().position(|other| *other == thing) else { return false };
    order.remove(before);
    // At the bottom, all that it uses is above it; with each thing that it passes, the two change sides.
    let mut cost: usize = order.iter().map(|other| costs[thing][*other]).sum();
    let mut all = vec![cost];
    for other in &*order {
        cost = cost + costs[*other][thing] - costs[thing][*other];
        all.push(cost);
    }
    let best = (0..all.len()).min_by_key(|floor| all[*floor]).unwrap_or(before);
    let is_better = all[best] < all[before];
    order.insert(if is_better { best } else { before }, thing);
    is_better
}

#[cfg(test)]
mod tests {
    use super::floors;

    #[test]
    fn little_runs_up() {
        for (case, uses, expected) in [
            ("nothing", &[][..], &[0, 1, 2, 3][..]),
            ("a line upside down", &[(0, 1, 1), (1, 2, 1), (2, 3, 1)], &[3, 2, 1, 0]),
            ("two, one of them cheaper", &[(0, 1, 5), (1, 0, 1)], &[1, 0, 2, 3]),
            ("a ring with a cheapest arrow", &[(0, 1, 3), (1, 2, 3), (2, 3, 1), (3, 0, 3)], &[2, 1, 0, 3]),
            (
                "the lowest uses the highest",
                &[(1, 0, 1), (2, 0, 1), (2, 1, 1), (3, 0, 1), (3, 1, 1), (3, 2, 1), (0, 3, 1)],
                &[0, 1, 2, 3],
            ),
        ] {
            let mut costs = vec![vec![0; 4]; 4];
            for (user, used, cost) in uses {
                costs[*user][*used] = *cost;
            }
            assert_eq!(floors(&costs), expected, "{case}");
        }
    }
}
