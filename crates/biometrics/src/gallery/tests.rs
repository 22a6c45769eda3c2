use proptest::prelude::*;

use super::*;

fn naive(
    faces: &[(u64, QuantisedEmbedding)],
    query: &QuantisedEmbedding,
    top: usize,
    threshold: f32,
) -> Vec<Hit> {
    let mut products: Vec<(i32, u64)> = faces
        .iter()
        .map(|(id, face)| {
            let product = face
                .values()
                .iter()
                .zip(query.values())
                .map(|(&a, &b)| i32::from(a) * i32::from(b))
                .sum();
            (product, *id)
        })
        .filter(|&(product, _)| product >= least(threshold))
        .collect();
    products.sort_by_key(|&(product, id)| (std::cmp::Reverse(product), id));
    products.truncate(top);
    products.into_iter().map(|(product, id)| Hit { id, similarity: product as f32 / ONE }).collect()
}

fn face() -> impl Strategy<Value = QuantisedEmbedding> {
    // The whole range, its ends more often: that is where instructions saturate.
    proptest::collection::vec(
        prop_oneof![4 => any::<i8>(), 1 => Just(127), 1 => Just(-127)],
        Embedding::DIMENSIONS,
    )
    .prop_map(|values| QuantisedEmbedding::from_values(values.try_into().unwrap()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_path_agrees_with_the_naive_search(
        faces in proptest::collection::vec(face(), 0..70),
        mut queries in proptest::collection::vec(face(), 1..20),
        removed in proptest::collection::vec(0..70_u64, 0..30),
        top in 0..6_usize,
        threshold in -3.0..3.0_f32,
    ) {
        // Some queries are faces of the gallery.
        queries.extend(faces.iter().take(3).cloned());
        let mut kept: Vec<(u64, QuantisedEmbedding)> = (0..).zip(faces.iter().cloned()).collect();
        kept.retain(|(id, _)| !removed.contains(id));
        for path in Path::available() {
            let mut gallery = Gallery::with_path(path);
            for (id, face) in (0..).zip(&faces) {
                gallery.push(id, face);
            }
            for &id in &removed {
                let was_there = gallery.rows.contains_key(&id);
                prop_assert_eq!(gallery.remove(id), was_there);
            }
            prop_assert_eq!(gallery.len(), kept.len());
            let found = gallery.search(&queries, top, threshold);
            for (query, hits) in queries.iter().zip(&found) {
                prop_assert_eq!(hits, &naive(&kept, query, top, threshold), "{:?}", path);
            }
        }
    }
}

#[test]
fn a_face_put_in_again_replaces_the_old_one() {
    let of = |value| QuantisedEmbedding::from_values([value; Embedding::DIMENSIONS]);
    let mut gallery = Gallery::new();
    gallery.push(7, &of(-20));
    gallery.push(7, &of(28));
    assert_eq!(gallery.len(), 1);
    let hits = gallery.search(&[of(28)], 5, 0.4);
    assert_eq!(hits[0].len(), 1);
    assert_eq!(hits[0][0].id, 7);
    assert!(gallery.remove(7) && !gallery.remove(7) && gallery.is_empty());
}

#[test]
fn rows_that_are_not_in_use_are_never_found() {
    let mut gallery = Gallery::new();
    gallery.push(1, &QuantisedEmbedding::from_values([1; Embedding::DIMENSIONS]));
    let away = QuantisedEmbedding::from_values([-127; Embedding::DIMENSIONS]);
    assert_eq!(gallery.search(&[away], 16, -20.0)[0].len(), 1);
}

#[test]
fn bytes_hold_what_the_floats_say() {
    let vector = |seed: u32| {
        let mut state = seed;
        let values: Vec<f32> = (0..Embedding::DIMENSIONS)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 8_388_608.0 - 1.0
            })
            .collect();
        Embedding::new(&values).unwrap()
    };
    let mut gallery = Gallery::new();
    for id in 0..40 {
        gallery.push(u64::from(id), &vector(id + 1).quantise());
    }
    for id in 0..40 {
        let query = Embedding::fuse([&vector(id + 1), &vector(900 + id)]).unwrap();
        let hit = gallery.search(&[query.quantise()], 1, 0.3)[0][0];
        assert_eq!(hit.id, u64::from(id));
        assert!((hit.similarity - query.similarity(&vector(id + 1))).abs() < 0.01);
    }
}
