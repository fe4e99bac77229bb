//! All ids of a window, as far as 104 gives them: short lists are split and asked again.

use std::collections::HashSet;

use futures::future::BoxFuture;
use model::{Rejection, ResumeId, Window};

use crate::call::Call;
use crate::client::Client;
use crate::error::Error;
use crate::finding::ListFinding;
use crate::listing::{Doubt, Page};

/// What 104 lists for a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The ids, distinct, in the order in which they were first listed.
    pub ids: Vec<ResumeId>,
    /// The `total` that 104 stated for the whole window.
    pub total: Option<u64>,
    /// How many answers it took.
    pub list_calls: u32,
    /// What was learnt about A-12 on the way; nothing when the list agreed with its total.
    pub findings: Vec<ListFinding>,
    /// Entries that are no ids which can be asked, distinct.
    pub unusable: Vec<Rejection>,
}

impl Client {
    /// Lists a window's ids; where the list is doubtful, by halves as well, down to one hour.
    ///
    /// # Errors
    /// When any of the calls failed for good: a failed answer is never an empty list.
    pub async fn list(&self, window: &Window) -> Result<Listing, Error> {
        let ask = |window: Window| -> BoxFuture<'_, Result<Page, Error>> {
            Box::pin(async move {
                let call = Call::list(&window);
                Ok(self.send(call, |arrival| Page::parse(arrival.bytes())).await?.value)
            })
        };
        survey(window.clone(), &ask).await
    }
}

/// The rules of A-12 over any way of asking.
fn survey<'a, A, E>(window: Window, ask: &'a A) -> BoxFuture<'a, Result<Listing, E>>
where
    A: Fn(Window) -> BoxFuture<'a, Result<Page, E>> + Sync,
    E: Send + 'a,
{
    Box::pin(async move {
        let page = ask(window.clone()).await?;
        let (first, doubt, total) = (page.listed(), page.doubt(), page.total);
        let mut listing = Listing::of_page(page, &window);
        let Some(doubt) = doubt else {
            if let Some(total) = total.filter(|total| *total < first) {
                let finding = ListFinding::TotalBelow { window, total, listed: first };
                listing.findings.push(finding);
            }
            return Ok(listing);
        };

        let halves = window.halves();
        let could_split = halves.is_some();
        if let Some((earlier, later)) = halves {
            listing.absorb(survey(earlier, ask).await?);
            let is_complete = match doubt {
                Doubt::Short { total } => listing.count() >= total,
                Doubt::RoundCount => false,
            };
            if !is_complete {
                listing.absorb(survey(later, ask).await?);
            }
        }

        let found = listing.count();
        listing.findings.push(match doubt {
            Doubt::Short { total } if found < total => {
                ListFinding::TotalAbove { window, total, listed: found }
            }
            Doubt::Short { .. } => ListFinding::ShortListCompleted { window, first, found },
            Doubt::RoundCount if !could_split => {
                ListFinding::RoundCountUnchecked { window, count: first }
            }
            Doubt::RoundCount if found > first => {
                ListFinding::RoundCountCapped { window, count: first, found }
            }
            Doubt::RoundCount => ListFinding::RoundCountConfirmed { window, count: first },
        });
        Ok(listing)
    })
}

impl Listing {
    fn of_page(page: Page, window: &Window) -> Self {
        let repeated = Some(page.repeated).filter(|repeated| *repeated > 0);
        let window = window.clone();
        let findings =
            repeated.map(|repeated| ListFinding::DuplicateIds { window, repeated }).into_iter();
        Self {
            ids: page.ids,
            total: page.total,
            list_calls: 1,
            findings: findings.collect(),
            unusable: page.unusable,
        }
    }

    fn count(&self) -> u64 {
        u64::try_from(self.ids.len() + self.unusable.len()).unwrap_or(u64::MAX)
    }

    /// Adds what a half of the hours listed.
    fn absorb(&mut self, half: Self) {
        let known: HashSet<_> = self.ids.iter().cloned().collect();
        self.ids.extend(half.ids.into_iter().filter(|id| !known.contains(id)));
        for rejection in half.unusable {
            if !self.unusable.contains(&rejection) {
                self.unusable.push(rejection);
            }
        }
        self.findings.extend(half.findings);
        self.list_calls += half.list_calls;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;
    use jiff::civil::date;
    use model::Source;
    use std::ops::Range;

    /// Asks a 104 that holds `per_hour` resumes in each hour, lists at most `cap` and counts them
    /// by `total`.
    fn surveyed(
        hours: Range<u8>,
        per_hour: u64,
        cap: usize,
        total: fn(u64) -> Option<u64>,
    ) -> Listing {
        let company = "1".parse().unwrap();
        let day = date(2026, 11, 2);
        let window = Window::new(company, Source::Applied, day, hours.start, hours.end).unwrap();
        let ask = |window: Window| -> BoxFuture<'_, Result<Page, ()>> {
            let hours = u64::from(window.start_hour())..u64::from(window.end_hour());
            let all = hours.flat_map(|hour| (0..per_hour).map(move |no| hour * 10_000 + no));
            let all: Vec<_> = all.map(|id| id.to_string().parse().unwrap()).collect();
            let total = total(u64::try_from(all.len()).unwrap());
            let ids = all.into_iter().take(cap).collect();
            Box::pin(async move { Ok(Page { ids, total, ..Page::default() }) })
        };
        survey(window, &ask).now_or_never().unwrap().unwrap()
    }

    fn texts(listing: &Listing) -> Vec<String> {
        let text = listing.findings.iter().map(ToString::to_string);
        text.map(|text| text.replace("00000001 applied 2026-11-02 ", "")).collect()
    }

    #[test]
    fn a_list_that_agrees_with_its_total_takes_one_call() {
        let listing = surveyed(0..24, 3, 1000, Some);
        assert_eq!((listing.ids.len(), listing.list_calls), (72, 1));
        assert_eq!(listing.findings, []);
    }

    #[test]
    fn a_capped_list_is_split_until_it_is_whole() {
        // Four hours of 30 under a cap of 50: the two halves are still short, their hours not.
        let listing = surveyed(8..12, 30, 50, Some);
        assert_eq!((listing.ids.len(), listing.total, listing.list_calls), (120, Some(120), 7));
        assert_eq!(
            texts(&listing),
            [
                "08-10: 104 listed 50, and 60 by halves",
                "10-12: 104 listed 50, and 60 by halves",
                "08-12: 104 listed 50, and 120 by halves",
            ]
        );
        assert!(listing.findings.iter().all(|finding| !finding.is_short()));
    }

    #[test]
    fn splitting_stops_when_the_total_is_reached() {
        // Three ids, two listed: the first half brings none of the rest, the second the last one.
        // With the rest in the first half the second is not asked.
        let listing = surveyed(9..11, 2, 1, |all| Some(all.min(2)));
        assert_eq!((listing.ids.len(), listing.list_calls), (2, 3));
        let listing = surveyed(9..11, 2, 3, |all| Some(if all == 4 { 3 } else { 2 }));
        assert_eq!(listing.list_calls, 1);
    }

    #[test]
    fn an_hour_that_stays_short_is_taken_with_a_finding() {
        let listing = surveyed(9..10, 30, 20, Some);
        assert_eq!((listing.ids.len(), listing.list_calls), (20, 1));
        assert_eq!(texts(&listing), ["09-10: 104 counts 30 and lists 20, also by halves"]);
        assert!(listing.findings[0].is_short() && !listing.findings[0].is_held());
    }

    #[test]
    fn a_total_below_the_ids_is_noted() {
        let listing = surveyed(9..12, 3, 100, |_| Some(4));
        assert_eq!((listing.ids.len(), listing.list_calls), (9, 1));
        assert_eq!(texts(&listing), ["09-12: 104 counts 4 and lists 9"]);
    }

    #[test]
    fn a_round_count_is_compared_with_its_halves_once() {
        let listing = surveyed(8..12, 25, 1000, Some);
        assert_eq!((listing.ids.len(), listing.list_calls), (100, 3));
        assert_eq!(texts(&listing), ["08-12: exactly 100 listed, and no more by halves"]);
        assert!(listing.findings[0].is_held());
    }

    #[test]
    fn a_silent_cap_shows_as_a_round_count() {
        let listing = surveyed(8..12, 40, 100, |all| Some(all.min(100)));
        assert_eq!((listing.ids.len(), listing.list_calls), (160, 3));
        assert_eq!(texts(&listing), ["08-12: exactly 100 listed, but 160 by halves"]);

        let listing = surveyed(8..9, 130, 100, |_| None);
        assert_eq!(texts(&listing), ["08-09: exactly 100 listed in one hour; it may be a cap"]);
    }
}
