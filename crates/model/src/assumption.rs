//! What is assumed of 104 because neither its documents nor public code say it: the register A-01 to
//! A-26, with the same words for `probe`, for what runs learn, and for `status`.

/// One thing that is assumed of 104.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// Its number, such as `A-12`.
    pub number: &'static str,
    /// What it is about, in a few words.
    pub subject: &'static str,
    /// What is assumed, as a sentence that can be held to what is seen.
    pub claim: &'static str,
    /// What the product does where it does not hold.
    pub otherwise: &'static str,
    /// What 104 is to be asked, in Traditional Chinese.
    pub question: &'static str,
}

impl Assumption {
    /// The assumption of that number.
    pub fn of(number: &str) -> Option<&'static Self> {
        ASSUMPTIONS.iter().find(|known| known.number == number)
    }
}

/// All of them, by number.
pub const ASSUMPTIONS: [Assumption; 26] = [
    Assumption {
        number: "A-01",
        subject: "token_type",
        claim: "a token's answer says token_type Bearer",
        otherwise: "the field is not read: every call carries the token as a bearer",
        question: "權杖回應中的 token_type 是否固定為 Bearer？",
    },
    Assumption {
        number: "A-02",
        subject: "several tokens",
        claim: "a new token leaves the one before valid",
        otherwise: "all processes of a credential share one token, and after a 401 take the newest",
        question: "同一組 client_id 取得新權杖後，先前尚未到期的權杖是否立即失效？",
    },
    Assumption {
        number: "A-03",
        subject: "throttle",
        claim: "too many calls are answered with HTTP 429",
        otherwise: "other answers count as failures of the call, and are tried again with back-off",
        question: "呼叫超過頻率上限時，HTTP 狀態碼是否為 429？是否附 Retry-After 標頭，其值為秒數或日期？",
    },
    Assumption {
        number: "A-04",
        subject: "sliding second",
        claim: "the limit counts any second, not the clock's",
        otherwise: "calls are spaced evenly, which keeps to either",
        question: "每秒 3 次的上限是以任意連續一秒（滑動視窗）計算，還是以整秒計算？",
    },
    Assumption {
        number: "A-05",
        subject: "limit per credential",
        claim: "the limit counts all calls of a credential together",
        otherwise: "all processes share one pace, which is slower than need be",
        question: "頻率上限是依 client_id、依權杖、依公司統編，還是依來源 IP 計算？",
    },
    Assumption {
        number: "A-06",
        subject: "token calls count",
        claim: "calls for tokens count towards the limit",
        otherwise: "they take a slot of the pace all the same",
        question: "取得權杖(/oauth2/token)的呼叫是否計入每秒 3 次的上限？",
    },
    Assumption {
        number: "A-07",
        subject: "attachments",
        claim: "/files/attachment gives the bytes of a file by its fileId",
        otherwise: "the files stay open tasks or are unavailable; resumes are loaded without them",
        question: "/files/attachment 的回應格式為何（Content-Type、檔名、是否附 Content-Length）？",
    },
    Assumption {
        number: "A-08",
        subject: "half-open hours",
        claim: "startTime 9, endTime 10 means from 9:00 to before 10:00",
        otherwise: "what is listed twice is kept once",
        question: "startTime=9、endTime=10 是否為 09:00（含）至 10:00（不含）？",
    },
    Assumption {
        number: "A-09",
        subject: "late growth",
        claim: "an hour that is over lists no more resumes later",
        otherwise: "closed windows are looked at again after an hour, a day and a week",
        question: "已結束的時段，其名單事後是否仍可能增加？最晚多久會完整？",
    },
    Assumption {
        number: "A-10",
        subject: "whole days",
        claim: "0 to 24 lists all that the hours of the day list",
        otherwise: "windows fail and stay open; `--width hour` asks a backfill by hours",
        question: "是否可用 startTime=0、endTime=24 一次查詢整天？結果是否等於各小時的總和？",
    },
    Assumption {
        number: "A-11",
        subject: "depth of the past",
        claim: "dates too long ago list nobody, without an error",
        otherwise: "refused dates fail with code 897, and `windows accept` takes them for empty",
        question: "最早可查詢多久以前的日期？超過時會回空名單，還是回錯誤代碼？",
    },
    Assumption {
        number: "A-12",
        subject: "total and cap",
        claim: "total counts the ids of idList, and the list is not capped",
        otherwise: "short lists are split down to one hour and asked again; what is still short is noted",
        question: "idList 是否有筆數上限？total 與 idList 筆數不一致時代表什麼？",
    },
    Assumption {
        number: "A-13",
        subject: "how a resume names its id",
        claim: "a resume carries the id it was asked by as idno and as resumeId",
        otherwise: "answers are paired by the one that is the same, by place if there is neither, else one by one",
        question: "回傳的履歷以哪個欄位對應查詢的 idno？resumeId（會員編號）與 idno 是否相同？一位會員是否可能有多個 idno？",
    },
    Assumption {
        number: "A-14",
        subject: "batches",
        claim: "a batch answers all ids in the order in which they were asked",
        otherwise: "resumes are paired by name, and ids without one count as absent or are asked alone",
        question: "queryBatch 是否依 idnos 的順序回傳？其中一筆查無或已關閉時，整批失敗或僅略過該筆？一次最多幾筆？",
    },
    Assumption {
        number: "A-15",
        subject: "then or now",
        claim: "an old window answers a resume as it was then",
        otherwise: "what was fetched late proves a listing and makes no version; set `[run] old_windows = \"now\"`",
        question: "以過去的日期查詢時，回傳的是當時的履歷內容，還是目前最新的內容？",
    },
    Assumption {
        number: "A-16",
        subject: "changes are listed",
        claim: "a resume that changed is listed anew in the hour of the change",
        otherwise: "changes that are never listed are seen at the next listing",
        question: "求職者每次更新履歷，是否都會出現在更新當時時段的名單中？",
    },
    Assumption {
        number: "A-17",
        subject: "sources alike",
        claim: "the same person is answered with the same fields under every flag",
        otherwise: "contact data that an application showed are never emptied by a match without them",
        question: "同一位求職者以不同 flag（配對、主動應徵、儲存）查詢時，回傳欄位是否不同（例如配對者不含聯絡資料）？",
    },
    Assumption {
        number: "A-18",
        subject: "links with fileId",
        claim: "links of attachments and projects carry a fileId",
        otherwise: "a link without one is recorded and not followed, and its file is not fetched",
        question: "attachFiles 與 projectDatas 的 resourceLink 是否都含 fileId 參數，並以 /files/attachment 下載？",
    },
    Assumption {
        number: "A-19",
        subject: "host of links",
        claim: "links name the host of the API",
        otherwise: "links are never followed: the token is asked at the configured address",
        question: "檔案連結的主機若與 API 主機不同，應向哪個主機下載？",
    },
    Assumption {
        number: "A-20",
        subject: "life of file tokens",
        claim: "a fileId is good for several calls and for a minute at least",
        otherwise: "ten resumes are asked again for fresh tokens, and a token is used at once",
        question: "檔案連結中 fileId 的有效時間多長？是否僅能使用一次？",
    },
    Assumption {
        number: "A-21",
        subject: "status of errors",
        claim: "an error comes under an HTTP status of 400 and above, with its code in the body",
        otherwise: "the code in the body rules, whatever the HTTP status",
        question: "各錯誤代碼（895 至 999）對應的 HTTP 狀態碼為何？",
    },
    Assumption {
        number: "A-22",
        subject: "outgoing address",
        claim: "104 answers calls from this host's address, and others with a page under HTTP 403",
        otherwise: "the run stops and says that the address may not be registered",
        question: "是否需登記來源 IP？未登記時的回應為何？",
    },
    Assumption {
        number: "A-23",
        subject: "types of fields",
        claim: "fields that say something have the documented JSON type",
        otherwise: "neighbouring types are read all the same, others kept with a note",
        question: "各欄位的 JSON 型別是否固定（例如數字不會以字串回傳、清單不會以單一物件回傳）？",
    },
    Assumption {
        number: "A-24",
        subject: "unknown fields",
        claim: "resumes have the documented fields and no others",
        otherwise: "they are kept in candidate.unknown_fields, and etl.unknown_field lists them",
        question: "欄位新增時是否會事先通知？下列未載於文件的欄位意義為何？",
    },
    Assumption {
        number: "A-25",
        subject: "forms of dates",
        claim: "dates in lists come in one of the known forms",
        otherwise: "the words are kept beside an empty date, with a note",
        question: "學歷、經歷、專案的起訖日期有哪些格式？「至今」以何種文字表示？",
    },
    Assumption {
        number: "A-26",
        subject: "applications",
        claim: "applyJob holds all applications of a person to the company",
        otherwise: "applications accumulate over the documents that were seen",
        question: "applyJob 是否包含該求職者對本公司的所有應徵紀錄，或僅最近一筆？",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_numbered_in_order() {
        for (known, number) in ASSUMPTIONS.iter().zip(1..) {
            assert_eq!(known.number, format!("A-{number:02}"));
            assert_eq!(Assumption::of(known.number), Some(known));
        }
        assert_eq!(Assumption::of("A-27"), None);
    }

    #[test]
    fn each_says_what_happens_otherwise_and_asks_in_chinese() {
        for Assumption { number, claim, otherwise, question, .. } in &ASSUMPTIONS {
            assert!(claim.is_ascii() && otherwise.is_ascii(), "{number}");
            assert!(question.ends_with('？') && !question.is_ascii(), "{number}");
        }
    }
}
