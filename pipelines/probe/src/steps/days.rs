//! Which days list anybody: the newest, the oldest that can be found, and the busiest.

use extract::{Error, Resource};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use tokio::time::Instant;

use crate::answers;
use crate::asking::window;
use crate::facts::{Day, Hour, List};
use crate::story::{Listed, Probe};

/// Where the sandbox is known to hold data (public client code asks for these).
const SANDBOX_DAYS: [Date; 3] = [date(2025, 11, 5), date(2025, 8, 22), date(2025, 4, 25)];
/// Days in the past that are worth a call, newest first.
const DAYS_BACK: [i32; 6] = [1, 2, 3, 4, 7, 14];
/// So many days back the past may end.
const FAR_BACK: [i32; 6] = [30, 60, 180, 365, 730, 1460];
/// Days that list somebody, and are enough to choose from.
const ENOUGH: usize = 2;
/// Questions that close in on the end of the past.
const STEPS: usize = 3;

impl Probe {
    /// The hour that ended last, by 104's clock: the first question under a token, and the first look
    /// at an hour that may grow.
    pub(crate) async fn hour_just_over(&mut self) -> Result<(), Error> {
        let (today, hour) = self.now_at_104();
        self.facts.days.today = Some(today);
        let (date, end) = match hour {
            0 => (today.yesterday().unwrap_or(today), 24),
            hour => (today, hour),
        };
        let query = window(date, Some((end - 1, end)), None);
        let answer = self.asking.ask("the hour that has just ended", Resource::List, query).await?;
        let Some(answer) = answer else { return Ok(()) };
        let (ids, list) = answers::list(&answer);
        self.facts.header.with = Some(list.look.clone());
        if self.asking.tokens().len() > 1 {
            let is_good = self.asking.refused_tokens() == 0;
            self.facts.token.is_first_good_after_second = Some(is_good);
        }
        if list.look.is_answered {
            let first = answers::count(ids.len());
            self.facts.hour =
                Some(Hour { date, start: end - 1, first, came: None, went: 0, seconds_between: 0 });
            self.seen.hour = Some((ids, Instant::now()));
        }
        Ok(())
    }

    /// The newest days that list anybody.
    pub(crate) async fn days(&mut self) -> Result<(), Error> {
        if let Some(date) = self.request.date {
            self.day(date).await?;
        }
        let today = self.now_at_104().0;
        let mut days: Vec<Date> =
            DAYS_BACK.iter().filter_map(|back| today.checked_sub(back.days()).ok()).collect();
        if self.request.environment == "sandbox" {
            days.splice(1.., SANDBOX_DAYS);
        }
        for day in days {
            if self.days_with_data().count() >= ENOUGH {
                break;
            }
            self.day(day).await?;
        }
        // Two days far apart tell then from now: resumes change slowly.
        if let Ok(month_ago) = today.checked_sub(FAR_BACK[0].days()) {
            self.day(month_ago).await?;
        }
        Ok(())
    }

    /// Where the past ends: coarsely, then closer.
    pub(crate) async fn oldest_day(&mut self) -> Result<(), Error> {
        let today = self.now_at_104().0;
        let mut beyond = None;
        for back in FAR_BACK {
            let Ok(day) = today.checked_sub(back.days()) else { break };
            match self.day(day).await? {
                Some(true) => {}
                Some(false) => {
                    beyond = Some(day);
                    break;
                }
                None => return Ok(()),
            }
        }
        let Some(mut beyond) = beyond else { return Ok(()) };
        for _ in 0..STEPS {
            let Some(oldest) = self.days_with_data().min() else { break };
            let between = oldest.since(beyond).map_or(0, |span| span.get_days());
            if between < 2 {
                break;
            }
            let Ok(middle) = beyond.checked_add((between / 2).days()) else { break };
            if self.day(middle).await? == Some(false) {
                beyond = middle;
            }
        }
        Ok(())
    }

    /// The day to look at closely: the one that was asked for, else the fullest that is over.
    pub(crate) fn busy_day(&self) -> Option<Date> {
        let by_count = |day: &&Day| day.list.total.or(day.list.ids).unwrap_or(0);
        let asked = self.request.date.filter(|date| self.days_with_data().any(|it| it == *date));
        asked.or_else(|| {
            let days = self.facts.days.asked.iter().filter(|day| day.list.has_any());
            days.max_by_key(by_count).map(|day| day.date)
        })
    }

    fn days_with_data(&self) -> impl Iterator<Item = Date> + '_ {
        self.facts.days.asked.iter().filter(|day| day.list.has_any()).map(|day| day.date)
    }

    /// Whether a day lists anybody; `None` when no call is left.
    async fn day(&mut self, date: Date) -> Result<Option<bool>, Error> {
        if let Some(known) = self.facts.days.asked.iter().find(|day| day.date == date) {
            return Ok(Some(known.list.has_any()));
        }
        let list = self.list("days of the past", date, Some((0, 24)), None).await?;
        Ok(list.map(|list| {
            let has_any = list.has_any();
            self.facts.days.asked.push(Day { date, list });
            has_any
        }))
    }

    /// Lists, and remembers who is there.
    pub(crate) async fn list(
        &mut self,
        what: &'static str,
        date: Date,
        hours: Option<(u8, u8)>,
        source: Option<model::Source>,
    ) -> Result<Option<List>, Error> {
        let answer = self.asking.ask(what, Resource::List, window(date, hours, source)).await?;
        Ok(answer.map(|answer| {
            let (ids, list) = answers::list(&answer);
            self.seen.lists.push(Listed { date, hours, source, ids });
            list
        }))
    }
}
