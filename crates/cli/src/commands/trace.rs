//! `trace`: one resume's story, without names.

use clap::Args;
use pipeline::report::LedgerTrace;
use resumes::Named;
use resumes::held::Trace as Held;
use serde::Serialize;

use crate::context::Context;
use crate::exit::Failure;
use crate::taiwan::moment;

mod events;

/// One resume's story, without names
///
/// Tells when and where 104 listed a resume, what was received, which versions and applications
/// follow, what became of its files, and what was refused. Ids, numbers, codes and moments alone: no
/// name, no contact data, no file name, no word of the person.
#[derive(Args)]
#[command(after_help = "\
Examples:
  etl104 trace 1234567890
  etl104 trace 1234567890 --output json | jq '.resumes[].ledger.listings'

The ID is the one that 104 lists (recruiting.candidate.resume_id); a member's number
(recruiting.candidate.member_no) names all resumes of that member.

Exit codes: 0; 2 settings, or no such resume; 7 database unavailable.")]
pub(crate) struct Trace {
    /// The resume's id, or its member's number
    id: String,
}

/// All that is told; as JSON one object.
#[derive(Serialize)]
struct Told {
    schema: u8,
    command: &'static str,
    id: String,
    resumes: Vec<Story>,
}

/// The story of one resume.
#[derive(Serialize)]
struct Story {
    company_no: String,
    resume_id: String,
    is_by_member_no: bool,
    ledger: LedgerTrace,
    held: Held,
}

impl Story {
    fn name(&self) -> String {
        format!("resume {} of company {}", self.resume_id, self.company_no)
    }
}

/// Reads the story, then prints it.
pub(crate) async fn run(context: &Context, trace: &Trace) -> Result<u8, Failure> {
    let pool = context.database().await?;
    let named = resumes::named(&pool, context.companies(), &trace.id).await?;
    if named.is_empty() {
        return Err(Failure::asked(
            format!("no resume or member {} is known", trace.id),
            "see the id in recruiting.candidate.resume_id; if 104 lists it in an hour that was never \
             fetched, `etl104 backfill` that day",
        ));
    }
    let mut resumes = Vec::with_capacity(named.len());
    for Named { company, resume_id, is_by_member } in named {
        let (ledger, held) = resumes::trace(&pool, &company, &resume_id).await?;
        resumes.push(Story {
            company_no: company.to_string(),
            resume_id: resume_id.to_string(),
            is_by_member_no: is_by_member,
            ledger,
            held,
        });
    }
    if context.output.is_json() {
        let id = trace.id.clone();
        context.output.json(&Told { schema: 1, command: "trace", id, resumes });
        return Ok(0);
    }
    if resumes.iter().all(|story| story.is_by_member_no) {
        let resumes: Vec<String> = resumes.iter().map(Story::name).collect();
        let (id, resumes) = (&trace.id, resumes.join(", "));
        context.output.talk(format!("{id} is a member's number: {resumes}"));
    }
    for (place, story) in resumes.iter().enumerate() {
        if place > 0 {
            context.output.line("");
        }
        print(context, story);
    }
    Ok(0)
}

fn print(context: &Context, story: &Story) {
    let line = |text: String| context.output.line(text);
    line(story.name());
    for fact in facts(story) {
        line(format!("  {fact}"));
    }
    for (heading, events) in [
        ("as the windows showed it (Taiwan time)", events::shown(story)),
        ("what was done (Taiwan time)", events::done(story)),
    ] {
        if !events.is_empty() {
            line(context.output.paint(crate::output::Tone::Heading, heading));
        }
        for event in events {
            line(format!("  {}  {}", moment(event.at), event.what));
        }
    }
}

/// What stands now.
fn facts(story: &Story) -> Vec<String> {
    let Held { rows, tables, notes, .. } = &story.held;
    let mut facts = Vec::new();
    match rows {
        Some(rows) => {
            let tables: Vec<String> =
                tables.iter().map(|table| format!("{} {}", table.rows, table.table)).collect();
            facts.push(format!("rows: {}", tables.join(", ")));
            facts.push(format!(
                "written {} by run {} with rules {}, from document {}",
                moment(rows.loaded_at.0),
                rows.run_id,
                rows.transform_version,
                rows.document_id
            ));
        }
        None => facts.push("rows: none".to_owned()),
    }
    if !notes.is_empty() {
        let place = |note: &resumes::held::NoteTrace| {
            let item = note.item_no.map_or_else(String::new, |item| format!(" {item}"));
            format!("{}.{}{item}: {}", note.table, note.column, note.code)
        };
        facts.push(format!("notes: {}", notes.iter().map(place).collect::<Vec<_>>().join(", ")));
    }
    facts
}
