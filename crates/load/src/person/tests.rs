//! Properties of the pure function.

use jiff::{SignedDuration, Timestamp};
use model::resume::{Application, Contact, Experience, FileLink, FileRole};
use model::{ContentHash, Resume, Source};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::evidence::{Evidence, rank, shown_by};
use super::fingerprint::Fingerprint;
use super::history::{Document, History, Outcome, Receipt, Sighting};
use super::recompute::OldWindows;
use super::rows::{rows, rows_of};

/// An hour of a calendar without dates.
fn hour(number: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_400 + number * 3600).unwrap()
}

fn hash(number: u8) -> ContentHash {
    ContentHash([number; 32])
}

/// Document `number` of a person: what it holds follows from the number alone.
fn document(number: u8, document_id: i64) -> Document {
    let contact = number.is_multiple_of(2).then(|| format!("{number}@example.com"));
    let application = Application {
        job_no: (!number.is_multiple_of(3)).then(|| format!("j{}", number % 2)),
        job_name: Some(format!("job {}", number % 4)),
        ..Application::default()
    };
    let firm = Experience { firm_name: Some(format!("firm {number}")), ..Experience::default() };
    Document {
        document_id,
        content_hash: hash(number),
        first_fetched_at: hour(0),
        resume: Resume {
            contact: Contact { email: contact, ..Contact::default() },
            experience: vec![firm],
            application: vec![application],
            files: vec![FileLink {
                role: FileRole::Headshot,
                item_no: 1,
                title: None,
                file_name: None,
                website: None,
                token: Some(format!("token {number}").into()),
                host: None,
            }],
            ..Resume::default()
        },
        notes: Vec::new(),
    }
}

fn sighting() -> impl Strategy<Value = Sighting> {
    (0..5_u8, 0..12_i64, 1..4_i64, 0..3_usize, 0..100_i64).prop_map(
        |(document, start, width, source, delay)| Sighting {
            source: *Source::ALL.get(source).unwrap(),
            window_id: start,
            window_starts_at: hour(start),
            window_ends_at: hour(start + width),
            document_id: i64::from(document),
            content_hash: hash(document),
            first_fetched_at: hour(start + width + delay),
        },
    )
}

fn receipt() -> impl Strategy<Value = Receipt> {
    (0..5_u8, 1..15_i64, any::<bool>()).prop_map(|(document, end, is_stored)| Receipt {
        content_hash: hash(document),
        role: FileRole::Headshot,
        item_no: 1,
        window_ends_at: hour(end),
        outcome: if is_stored {
            Outcome::Stored {
                sha256: [document; 32],
                size_bytes: end,
                media_type_claimed: None,
                media_type_sniffed: None,
                object_key: format!("files/{end}"),
            }
        } else {
            Outcome::Unavailable { reason: format!("window {end}") }
        },
        fetched_at: hour(end),
    })
}

fn history(sightings: &[Sighting], receipts: &[Receipt]) -> History {
    History {
        resume_id: "1".parse().unwrap(),
        sightings: sightings.to_vec(),
        receipts: receipts.to_vec(),
    }
}

/// All rows as one value, with contents for the numbers of documents.
fn told(sightings: &[Sighting], receipts: &[Receipt], ids: &[i64], old: OldWindows) -> Value {
    told_of(&history(sightings, receipts), sightings, ids, old)
}

/// The same of a history that may tell less than all that was kept.
fn told_of(history: &History, kept: &[Sighting], ids: &[i64], old: OldWindows) -> Value {
    let numbers: Vec<u8> = vec![0, 1, 2, 3, 4];
    let mut documents: Vec<Document> =
        numbers.iter().zip(ids).map(|(number, id)| document(*number, *id)).collect();
    documents.retain(|one| kept.iter().any(|s| s.content_hash == one.content_hash));
    documents.sort_by_key(|one| one.content_hash);
    let Some(rows) = rows(history, &documents, old) else { return Value::Null };
    let mut told = json!({
        "candidate": rows.candidate, "contact": rows.contact, "applications": rows.applications,
        "answers": rows.answers, "files": rows.files, "sources": rows.sources,
        "versions": rows.versions, "changes": rows.changes, "fingerprint": Fingerprint::of(history, 1, old).bytes(),
    });
    name_documents(&mut told, ids);
    told
}

fn name_documents(value: &mut Value, ids: &[i64]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| name_documents(item, ids)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if name.ends_with("document_id") {
                    let number = ids.iter().position(|id| Some(*id) == value.as_i64());
                    *value = json!(number);
                } else {
                    name_documents(value, ids);
                }
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn rows_follow_from_the_set(
        sightings in prop::collection::vec(sighting(), 1..14),
        receipts in prop::collection::vec(receipt(), 0..6),
        ids in Just(vec![10_i64, 20, 30, 40, 50]).prop_shuffle(),
        seed in any::<u64>(),
        is_now in any::<bool>(),
    ) {
        let old = if is_now { OldWindows::Now } else { OldWindows::Then };
        // One receipt a slot and window, as the table's key has it.
        let mut receipts = receipts;
        receipts.sort_by_key(|one| (one.content_hash, one.window_ends_at));
        receipts.dedup_by_key(|one| (one.content_hash, one.window_ends_at));
        let expected = told(&sightings, &receipts, &[1, 2, 3, 4, 5], old);

        let mut sightings = sightings;
        let mut seed = seed;
        for index in (1..sightings.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            sightings.swap(index, usize::try_from(seed >> 33).unwrap() % (index + 1));
        }
        receipts.reverse();
        prop_assert_eq!(told(&sightings, &receipts, &ids, old), expected);
    }

    #[test]
    fn versions_follow_each_other_without_a_gap(
        sightings in prop::collection::vec(sighting(), 1..14), is_now in any::<bool>(),
    ) {
        let old = if is_now { OldWindows::Now } else { OldWindows::Unknown };
        let told = told(&sightings, &[], &[1, 2, 3, 4, 5], old);
        let versions = told["versions"].as_array().unwrap().clone();
        prop_assert!(!versions.is_empty());
        for pair in versions.windows(2) {
            prop_assert_eq!(&pair[0]["valid_to"], &pair[1]["valid_from"]);
            prop_assert_ne!(&pair[0]["document_id"], &pair[1]["document_id"]);
            prop_assert!(!pair[1]["changed_fields"].as_array().unwrap().is_empty());
        }
        let current = versions.last().unwrap();
        prop_assert!(current["valid_to"].is_null());
        prop_assert_eq!(&current["document_id"], &told["candidate"]["document_id"]);
        if is_now && sightings.iter().any(|one| !one.is_late()) {
            prop_assert!(versions.iter().all(|one| one["is_late"] == json!(false)));
        }
    }

    /// A finer look at the same hours changes no newest state (P3: across widths).
    #[test]
    fn a_wider_window_over_what_was_seen_changes_nothing_new(
        sightings in prop::collection::vec(sighting(), 1..10),
    ) {
        let then = OldWindows::Then;
        let narrow = told(&sightings, &[], &[1, 2, 3, 4, 5], then);
        let last = sightings.iter().max_by(|a, b| a.order(b)).unwrap().clone();
        let mut wide = last.clone();
        wide.window_starts_at = last.window_starts_at - SignedDuration::from_hours(9);
        let both = [sightings, vec![wide]].concat();
        let seen = told(&both, &[], &[1, 2, 3, 4, 5], then);
        prop_assert_eq!(&seen["candidate"]["document_id"], &narrow["candidate"]["document_id"]);
        prop_assert_eq!(seen["contact"]["email"].clone(), narrow["contact"]["email"].clone());
    }

    /// The same windows asked again show the same: rows follow from what was shown, not how often.
    #[test]
    fn a_repeated_sighting_changes_no_row(
        sightings in prop::collection::vec(sighting(), 1..10), is_now in any::<bool>(),
    ) {
        let old = if is_now { OldWindows::Now } else { OldWindows::Then };
        let rows_of = |sightings: &[Sighting]| {
            let mut told = told(sightings, &[], &[1, 2, 3, 4, 5], old);
            told.as_object_mut().unwrap().remove("fingerprint");
            told
        };
        let twice: Vec<Sighting> = sightings.iter().rev().chain(&sightings).cloned().collect();
        prop_assert_eq!(rows_of(&twice), rows_of(&sightings));
    }

    /// Where old windows answer as now, a late sighting is judged by all that came in time, before
    /// the moment or after it.
    #[test]
    fn the_past_invents_no_version_of_late_evidence(
        sightings in prop::collection::vec(sighting(), 1..6), end in 1..16_i64,
    ) {
        let documents: Vec<Document> = (0..5).map(|number| document(number, i64::from(number))).collect();
        let ranked = rank(&sightings, &documents, OldWindows::Now);
        let begun = |ranked: &[Evidence<'_>]| -> Vec<(Timestamp, i64)> {
            let rows = rows_of(ranked, &documents, &[]);
            let versions = rows.map(|rows| rows.versions).unwrap_or_default();
            let by_then = versions.iter().filter(|one| one.valid_from <= hour(end));
            by_then.map(|one| (one.valid_from, one.document_id)).collect()
        };
        prop_assert_eq!(begun(&shown_by(ranked.clone(), hour(end))), begun(&ranked));
    }

    /// As of a moment: the versions that had begun by then, with the last of them open.
    #[test]
    fn the_past_is_a_beginning_of_the_present(
        sightings in prop::collection::vec(sighting(), 1..12), end in 1..16_i64,
    ) {
        let then = OldWindows::Then;
        let versions = |sightings: &[Sighting]| -> Vec<Value> {
            match told(sightings, &[], &[1, 2, 3, 4, 5], then) {
                Value::Null => Vec::new(),
                told => told["versions"].as_array().unwrap().clone(),
            }
        };
        let key = |version: &Value| {
            ["version_no", "valid_from", "valid_after", "document_id"]
                .map(|column| version[column].clone())
        };
        let past = history(&sightings, &[]).as_of(hour(end)).sightings;
        let begun: Vec<_> = versions(&sightings)
            .iter()
            .filter(|it| it["valid_from"].as_str().unwrap().parse::<Timestamp>().unwrap() <= hour(end))
            .map(key)
            .collect();
        let past = versions(&past);
        prop_assert_eq!(past.iter().map(key).collect::<Vec<_>>(), begun);
        prop_assert!(past.last().is_none_or(|last| last["valid_to"].is_null()));
        let all = history(&sightings, &[]).as_of(Timestamp::MAX).sightings;
        prop_assert_eq!(versions(&all), versions(&sightings));
    }

    /// A file that is held says more than none: of a slot without a receipt by then the first
    /// later one stays, of a slot with one no later one does.
    #[test]
    fn files_of_the_past_are_those_fetched_for_it_or_first_after(
        receipts in prop::collection::vec(receipt(), 0..8), end in 1..16_i64,
    ) {
        let kept = history(&[], &receipts).as_of(hour(end)).receipts;
        for number in 0..5 {
            let of = |all: &[Receipt]| -> Vec<Timestamp> {
                let mut ends: Vec<_> = all
                    .iter()
                    .filter(|one| one.content_hash == hash(number))
                    .map(|one| one.window_ends_at)
                    .collect();
                ends.sort();
                ends
            };
            let all = of(&receipts);
            let by_then: Vec<_> = all.iter().copied().filter(|at| *at <= hour(end)).collect();
            let expected = if by_then.is_empty() { all.into_iter().take(1).collect() } else { by_then };
            prop_assert_eq!(of(&kept), expected);
        }
    }

    /// A poorer source that was asked by itself before the richer one of its hours answered: once
    /// that one has, all is as if it had answered first and its answer had been shared.
    #[test]
    fn a_richer_source_speaks_for_the_poorer_ones_of_its_hours(
        richer in prop::collection::vec(sighting(), 1..8), apart in prop::collection::vec(0..5_u8, 8),
        is_now in any::<bool>(),
    ) {
        let old = if is_now { OldWindows::Now } else { OldWindows::Then };
        let richer: Vec<Sighting> = richer
            .into_iter()
            .map(|one| Sighting { source: Source::Applied, ..one })
            .fold(Vec::new(), |mut alone: Vec<Sighting>, one| {
                let is_other =
                    |it: &Sighting| (it.window_starts_at, it.window_ends_at) != (one.window_starts_at, one.window_ends_at);
                if alone.iter().all(is_other) { alone.push(one); }
                alone
            });
        let poorer = |one: &Sighting| Sighting { source: Source::Matched, ..one.clone() };
        let shared = [richer.clone(), richer.iter().map(poorer).collect()].concat();
        let by_itself = richer.iter().zip(&apart).map(|(one, number)| Sighting {
            document_id: i64::from(*number),
            content_hash: hash(*number),
            first_fetched_at: one.first_fetched_at - SignedDuration::from_secs(60),
            ..poorer(one)
        });
        // Where the answer came late and the other did not, each is evidence of its own.
        let by_itself: Vec<Sighting> = by_itself
            .zip(&richer)
            .map(|(one, richer)| if one.is_late() == richer.is_late() { one } else { poorer(richer) })
            .collect();
        let kept = [richer.clone(), by_itself].concat();
        let ids = [1, 2, 3, 4, 5];
        let rows_of = |mut told: Value| {
            // Of equal answers the times of fetching differ, and no row.
            told.as_object_mut().unwrap().remove("fingerprint");
            told
        };
        let failed = told_of(&history(&kept, &[]).shared_between_sources(), &kept, &ids, old);
        prop_assert_eq!(rows_of(failed), rows_of(told(&shared, &[], &ids, old)));
    }
}

#[test]
fn a_late_answer_does_not_speak_for_one_that_came_in_time() {
    let of = |source, number: u8, delay| Sighting {
        source,
        window_id: 1,
        window_starts_at: hour(0),
        window_ends_at: hour(1),
        document_id: i64::from(number),
        content_hash: hash(number),
        first_fetched_at: hour(1 + i64::from(delay)),
    };
    let spoken_for = |richer: Sighting, poorer: Sighting| {
        history(&[poorer, richer], &[]).shared_between_sources().sightings[0].content_hash
    };
    let (in_time, late) = (of(Source::Matched, 1, 1), of(Source::Matched, 1, 40));
    assert_eq!(spoken_for(of(Source::Applied, 2, 40), in_time.clone()), hash(1));
    assert_eq!(spoken_for(of(Source::Applied, 2, 41), late.clone()), hash(2));
    assert_eq!(spoken_for(of(Source::Saved, 2, 2), late), hash(2));
    let elsewhere = Sighting { window_ends_at: hour(2), ..of(Source::Applied, 2, 2) };
    assert_eq!(spoken_for(elsewhere, in_time.clone()), hash(1), "other hours");
    assert_eq!(spoken_for(of(Source::Matched, 2, 2), in_time), hash(1), "the same source");
}
