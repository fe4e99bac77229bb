//! Files by their tokens; and the second look, after a while.

use std::collections::HashSet;

use extract::{Answer, Error, Resource};
use model::ResumeId;
use tokio::time::{Instant, sleep_until};

use crate::answers;
use crate::answers::{Link, count};
use crate::asking::window;
use crate::facts::File;
use crate::story::Probe;

impl Probe {
    /// A photo, the same once more, and a file of an attachment.
    pub(crate) async fn files(&mut self) -> Result<(), Error> {
        let newest = |is_headshot: bool| {
            let links = self.seen.links.iter().rev();
            links.clone().find(|(link, _)| link.is_headshot == is_headshot).cloned()
        };
        let (headshot, attachment) = (newest(true), newest(false));
        if let Some((link, given_at)) = &headshot {
            let Some(first) = self.file("a photo", link).await? else { return Ok(()) };
            let file = File::of(&first);
            let came = file.came();
            self.facts.files.headshot = Some(file);
            if came && let Some(again) = self.file("the same photo again", link).await? {
                let file = File::of(&again);
                let is_same = file.came() && first.body == again.body;
                self.facts.files.is_same_again = Some(is_same);
                self.facts.files.again = Some(file);
                self.seen.file = Some((link.clone(), *given_at));
            }
        }
        if let Some((link, given_at)) = &attachment
            && let Some(answer) = self.file("a file of an attachment", link).await?
        {
            let file = File::of(&answer);
            if file.came() && self.seen.file.is_none() {
                self.seen.file = Some((link.clone(), *given_at));
            }
            self.facts.files.attachment = Some(file);
        }
        Ok(())
    }

    /// Waits, then asks the file's token and the hour that had just ended once more.
    pub(crate) async fn second_look(&mut self) -> Result<(), Error> {
        let (file, hour) = (self.seen.file.take(), self.seen.hour.take());
        let since = file.as_ref().map(|(_, at)| *at).into_iter();
        let Some(first_look) = since.chain(hour.as_ref().map(|(_, at)| *at)).max() else {
            return Ok(());
        };
        if self.asking.left() > 0 {
            sleep_until(first_look + self.request.second_look_after).await;
        }
        if let Some((link, given_at)) = file
            && let Some(answer) = self.file("the photo after a while", &link).await?
        {
            let age = Instant::now().duration_since(given_at).as_secs();
            self.facts.files.later = Some((age, File::of(&answer)));
        }
        if let Some((ids, at)) = hour {
            self.hour_again(&ids, at).await?;
        }
        Ok(())
    }

    async fn hour_again(&mut self, before: &[ResumeId], at: Instant) -> Result<(), Error> {
        let Some(hour) = &self.facts.hour else { return Ok(()) };
        let query = window(hour.date, Some((hour.start, hour.start + 1)), None);
        let what = "the hour that had just ended, after a while";
        let Some(answer) = self.asking.ask(what, Resource::List, query).await? else {
            return Ok(());
        };
        let (after, list) = answers::list(&answer);
        if let Some(hour) = self.facts.hour.as_mut().filter(|_| list.look.is_answered) {
            let (old, new): (HashSet<_>, HashSet<_>) =
                (before.iter().collect(), after.iter().collect());
            hour.came = Some(count(new.difference(&old).count()));
            hour.went = count(old.difference(&new).count());
            hour.seconds_between = at.elapsed().as_secs();
        }
        Ok(())
    }

    async fn file(&mut self, what: &'static str, link: &Link) -> Result<Option<Answer>, Error> {
        let resource = if link.is_headshot { Resource::Headshot } else { Resource::Attachment };
        let query = vec![("fileId", link.token.expose().clone())];
        self.asking.ask(what, resource, query).await
    }
}
