//! The questions to 104, as a mail in Traditional Chinese: of what was refuted or not seen.

use model::Assumption;

use crate::record::{Outcome, Record};

/// The mail, or `None` if nothing is left to ask.
pub fn mail(record: &Record) -> Option<String> {
    let questions = |outcome: Outcome| -> Vec<String> {
        let verdicts = record.verdicts.iter().filter(|verdict| verdict.outcome == outcome);
        let asked = verdicts.filter_map(|verdict| Assumption::of(&verdict.assumption));
        asked
            .map(|assumption| format!("（{}）{}", assumption.number, assumption.question))
            .collect()
    };
    let groups = [
        ("【實測結果與文件或我們的理解不同，想請您確認】", questions(Outcome::Refuted)),
        ("【實測未能確認，想請您說明】", questions(Outcome::NotSeen)),
    ];
    if groups.iter().all(|(_, questions)| questions.is_empty()) {
        return None;
    }
    let environment = match record.environment.as_str() {
        "production" => "正式環境",
        "sandbox" => "測試環境",
        _ => "介接環境",
    };
    let mut lines = vec![
        "主旨：履歷轉出 API（ehrweb_resume 1.0）介接問題".to_owned(),
        String::new(),
        "您好：".to_owned(),
        String::new(),
        format!("我們正在介接貴公司的履歷轉出 API，於{environment}實測後，有以下問題想請教："),
    ];
    for (heading, questions) in groups {
        if !questions.is_empty() {
            lines.extend([String::new(), heading.to_owned()]);
            lines.extend(
                questions.into_iter().zip(1..).map(|(it, number)| format!("{number}. {it}")),
            );
        }
    }
    lines.extend([String::new(), "如有文件可供參考，也請一併提供，謝謝。".to_owned()]);
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::record::Verdict;

    #[test]
    fn only_what_is_open_is_asked() {
        let verdict = |number: &str, outcome| Verdict {
            assumption: number.to_owned(),
            outcome,
            is_handled: true,
            evidence: String::new(),
        };
        let mut record = Record {
            schema: 1,
            version: "0".into(),
            environment: "sandbox".into(),
            made_at: jiff::Timestamp::UNIX_EPOCH,
            seconds: 1,
            calls: 1,
            resumes: 0,
            left_out: Vec::new(),
            verdicts: vec![verdict("A-01", Outcome::Confirmed)],
            facts: Facts::default(),
            shapes: Vec::new(),
        };
        assert_eq!(mail(&record), None);
        record.verdicts.push(verdict("A-02", Outcome::Refuted));
        record.verdicts.push(verdict("A-03", Outcome::NotSeen));
        let mail = mail(&record).unwrap();
        let order = [
            "主旨：",
            "測試環境",
            "請您確認】",
            "1. （A-02）",
            "請您說明】",
            "1. （A-03）",
            "謝謝",
        ];
        let places: Vec<_> = order.iter().map(|words| mail.find(words)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{mail}");
        assert!(!mail.contains("A-01"));
    }
}
