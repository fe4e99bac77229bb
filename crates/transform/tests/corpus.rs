//! The corpus of generated people and what becomes of each.
//!
//! A snapshot that differs means that the same document now becomes something else: raise
//! `TRANSFORM_VERSION`, then accept it (`cargo insta review`, or `INSTA_UPDATE=always`).

mod support;

#[test]
fn the_output_of_the_corpus_stands() {
    for (name, json) in support::corpus() {
        let version = transform::TRANSFORM_VERSION;
        let shown = format!("transform version {version}\n{}", support::shown(&json));
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, shown);
        });
    }
}

#[test]
fn hashes_of_the_corpus_differ_and_survive_other_white_space() {
    let hashes: Vec<_> = support::corpus()
        .iter()
        .map(|(name, json)| {
            let hash = transform::content_hash(json).unwrap();
            assert_eq!(Some(hash), transform::content_hash(&json.replace('\n', "\r\n")), "{name}");
            hash
        })
        .collect();
    let distinct: std::collections::BTreeSet<_> = hashes.iter().collect();
    assert_eq!(distinct.len(), hashes.len());
}
