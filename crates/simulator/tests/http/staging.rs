//! Listings made by hand.

use jiff::civil::date;
use serde_json::json;
use simulator::{Document, Flag, Listing, Options};

use crate::client::{COMPANY, Caller, DAY, caller, quick};

fn listing(id: &str, hour: u8, document: impl Into<Document>) -> Listing {
    let company = COMPANY.to_owned();
    Listing {
        company,
        date: date(2025, 8, 22),
        hour,
        flag: Flag::Applied,
        id: id.into(),
        document: document.into(),
    }
}

async fn empty() -> Caller {
    caller(Options { resumes_per_day: 0, ..quick() }).await
}

#[tokio::test]
async fn a_hand_made_resume_is_listed_in_its_hour_and_served_as_it_is() {
    let caller = empty().await;
    assert!(caller.ids(DAY).await.is_empty());
    caller.sim.add_listing(listing("A-1", 9, json!({"idno": "A-1", "fullName": "測試"})));
    caller.sim.add_listing(listing("A-2", 10, "{\"idno\":\"A-2\",  broken \\ud800"));
    assert_eq!(caller.ids(DAY).await, ["A-1", "A-2"]);
    assert_eq!(caller.ids("date=2025-08-22&startTime=9&endTime=10&flag=1").await, ["A-1"]);
    assert!(caller.ids("date=2025-08-22&startTime=9&endTime=10&flag=0").await.is_empty());
    let text = caller.send(&format!("resumes/query?{DAY}&idno=A-2")).await.text().await.unwrap();
    assert_eq!(text, "{\"data\":{\"list\":[{\"idno\":\"A-2\",  broken \\ud800]}}");
}

#[tokio::test]
async fn the_newest_of_a_window_is_answered() {
    let caller = empty().await;
    for (hour, name) in [(9, "old"), (15, "new")] {
        caller.sim.add_listing(listing("A", hour, json!({"idno": "A", "fullName": name})));
    }
    let ids = ["A".to_owned()];
    assert_eq!(
        caller.batch("date=2025-08-22&startTime=9&endTime=10", &ids).await[0]["fullName"],
        "old"
    );
    assert_eq!(caller.batch(DAY, &ids).await[0]["fullName"], "new");
}

#[tokio::test]
async fn photos_are_swapped_under_the_same_document() {
    let caller = empty().await;
    let document = json!({"idno": "A", "headshotUrl": "sim:headshot", "attachFiles": [{"resourceLink": "sim:attachment:2"}]});
    caller.sim.add_listing(listing("A", 9, document));
    let ids = ["A".to_owned()];
    let mut photos = Vec::new();
    for version in [1, 2, 1] {
        caller.sim.set_photo("A", version);
        let resume = &caller.batch(DAY, &ids).await[0];
        let link = resume["headshotUrl"].as_str().unwrap();
        photos.push(caller.send(link.split_once("/1.0/").unwrap().1).await.bytes().await.unwrap());
        let link = resume["attachFiles"][0]["resourceLink"].as_str().unwrap();
        assert_eq!(caller.send(link.split_once("/1.0/").unwrap().1).await.status(), 200);
    }
    assert_ne!(photos[0], photos[1]);
    assert_eq!(photos[0], photos[2]);
}

#[tokio::test]
async fn generated_people_can_be_overridden_and_cleared() {
    let caller = caller(quick()).await;
    let id = caller.ids(DAY).await[0].clone();
    caller.sim.add_listing(listing(&id, 9, json!({"idno": id, "fullName": "手工"})));
    assert_eq!(caller.batch(DAY, std::slice::from_ref(&id)).await[0]["fullName"], "手工");
    caller.sim.clear_generated();
    assert_eq!(caller.ids(DAY).await, [id]);
}
