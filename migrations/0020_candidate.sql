-- A resume's newest state, one row a resume and table. All tables of this schema are partitioned by
-- company from the start: a rebuild swaps one company's partitions, and a big company can be moved.
-- Checks hold only what our own code decides; 104's words are never refused.

create table recruiting.candidate (
    company_no text not null,
    resume_id text not null,
    member_no text,
    full_name text,
    english_name text,
    reg_source text,
    employment_status text,
    seniority_text text,
    seniority_years_min integer,
    seniority_years_max integer,
    driving_licenses text,
    transports text,
    highest_degree_level text,
    degree_rank smallint,
    first_listed_at timestamptz not null,
    last_listed_at timestamptz not null,
    listed_precision text not null,
    newest_source text not null,
    document_id bigint not null,
    document_count integer not null,
    version_count integer not null,
    unknown_fields jsonb,
    _etl_run_id uuid not null,
    _etl_extracted_at timestamptz not null,
    _etl_loaded_at timestamptz not null,
    _etl_transform_version integer not null,
    _etl_notes jsonb not null,
    _etl_fingerprint bytea not null,
    constraint candidate_pkey primary key (company_no, resume_id),
    constraint candidate_company_no_has_8_digits check (company_no ~ '^[0-9]{8}$'),
    constraint candidate_listed_precision_known check (listed_precision in ('hour', 'hours', 'day')),
    constraint candidate_newest_source_known check (newest_source in ('matched', 'saved', 'applied')),
    constraint candidate_listings_run_forward check (first_listed_at <= last_listed_at),
    constraint candidate_has_documents_and_versions check (document_count >= 1 and version_count >= 1)
) partition by list (company_no);
-- 104's text is hashed where it is indexed: its length has no certain bound, a B-tree's entry has.
create index candidate_member_no on recruiting.candidate using hash (member_no);
create index candidate_last_listed_at on recruiting.candidate (company_no, last_listed_at);
create index candidate_transform_version on recruiting.candidate (company_no, _etl_transform_version);
comment on table recruiting.candidate is
'A resume in its newest state, with its headline facts. Grain: company, resume.
每份履歷的最新狀態與摘要。';
comment on column recruiting.candidate.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.candidate.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.candidate.member_no is '104''s member number (resumeId); one member may have several resumes.
104 會員編號（resumeId）；一位會員可有多份履歷。';
comment on column recruiting.candidate.full_name is 'Name (fullName).
姓名。';
comment on column recruiting.candidate.english_name is 'Name in English (englishName).
英文姓名。';
comment on column recruiting.candidate.reg_source is 'Where the resume was registered (regSource).
履歷來源。';
comment on column recruiting.candidate.employment_status is 'Employment status, 104''s word (employmentStatus).
就業狀態（104 原文）。';
comment on column recruiting.candidate.seniority_text is 'Total experience, 104''s words (seniority).
總年資（104 原文）。';
comment on column recruiting.candidate.seniority_years_min is 'Total experience in years, at least.
總年資下限（年）。';
comment on column recruiting.candidate.seniority_years_max is 'Total experience in years, at most; null for an open end.
總年資上限（年）；無上限為空。';
comment on column recruiting.candidate.driving_licenses is 'Driving licences, a list in one string (drivingLicenses).
駕照（單一字串列舉）。';
comment on column recruiting.candidate.transports is 'Own vehicles, a list in one string (transports).
交通工具（單一字串列舉）。';
comment on column recruiting.candidate.highest_degree_level is 'Highest degree, 104''s word.
最高學歷（104 原文）。';
comment on column recruiting.candidate.degree_rank is 'Rank of the highest degree, the higher the more: 70 doctor, 60 master, 50 bachelor, 40 junior college, 30 senior high school; null for unknown words.
最高學歷等級，愈大愈高：70 博士、60 碩士、50 大學、40 專科、30 高中職；無法判讀為空。';
comment on column recruiting.candidate.first_listed_at is 'End of the first window that listed it (business time).
首次列出之時窗的結束時刻（業務時間）。';
comment on column recruiting.candidate.last_listed_at is 'End of the last window that listed it (business time).
最近列出之時窗的結束時刻（業務時間）。';
comment on column recruiting.candidate.listed_precision is 'Width of the narrowest window that ends at last_listed_at: hour, hours, day.
last_listed_at 所屬最窄時窗的寬度：hour 一小時、hours 數小時、day 整日。';
comment on column recruiting.candidate.newest_source is 'Source of the sighting that decides the newest state: matched, saved, applied.
決定最新狀態之紀錄的來源：matched 配對、saved 儲存、applied 應徵。';
comment on column recruiting.candidate.document_id is 'The raw document that this state follows from.
此狀態所依據的原始文件。';
comment on column recruiting.candidate.document_count is 'Distinct documents of this resume that could be read.
本履歷可解讀的不重複文件數。';
comment on column recruiting.candidate.version_count is 'Rows in candidate_version.
candidate_version 的列數。';
comment on column recruiting.candidate.unknown_fields is 'Fields that the contract does not name, with their values.
契約未載的欄位及其內容。';
comment on column recruiting.candidate._etl_run_id is 'The run that wrote this person last, see etl.run.
最近寫入此人的執行，見 etl.run。';
comment on column recruiting.candidate._etl_extracted_at is 'When the newest document was received first.
最新文件首次取得的時間。';
comment on column recruiting.candidate._etl_loaded_at is 'When the person was written last.
最近寫入的時間。';
comment on column recruiting.candidate._etl_transform_version is 'Version of the rules that read the documents.
解讀規則的版本。';
comment on column recruiting.candidate._etl_notes is 'What could not be read in the newest document: an array of {table, column, item_no, code, words}.
最新文件中無法解讀之處：{table, column, item_no, code, words} 的陣列。';
comment on column recruiting.candidate._etl_fingerprint is 'SHA-256 over all that this person follows from; equal means nothing to do.
此人所有依據資料的 SHA-256；相同即無需重算。';

create table recruiting.candidate_contact (
    company_no text not null,
    resume_id text not null,
    email text,
    cell_phone text,
    sub_cell_phone text,
    tel text,
    contact_info text,
    address text,
    personal_pages text[] not null,
    contact_source text not null,
    contact_document_id bigint not null,
    constraint candidate_contact_pkey primary key (company_no, resume_id),
    constraint candidate_contact_contact_source_known check (contact_source in ('matched', 'saved', 'applied'))
) partition by list (company_no);
comment on table recruiting.candidate_contact is
'How to reach the person. A matched document never empties a field that an applied or saved one filled (A-17). Grain: company, resume.
聯絡方式；配對文件不會清空應徵或儲存文件已填的欄位（A-17）。';
comment on column recruiting.candidate_contact.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.candidate_contact.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.candidate_contact.email is 'E-mail address.
電子郵件。';
comment on column recruiting.candidate_contact.cell_phone is 'Mobile phone (cellPhone).
手機。';
comment on column recruiting.candidate_contact.sub_cell_phone is 'Second mobile phone (subCellPhone).
其他手機。';
comment on column recruiting.candidate_contact.tel is 'Landline.
市話。';
comment on column recruiting.candidate_contact.contact_info is 'Preferred way to be reached (contactInfo).
聯絡方式。';
comment on column recruiting.candidate_contact.address is 'Postal address.
通訊地址。';
comment on column recruiting.candidate_contact.personal_pages is 'Links to pages of the person (personalPage).
個人網頁連結。';
comment on column recruiting.candidate_contact.contact_source is 'Strongest source of the document that the contact is of: matched, saved, applied.
聯絡資料所屬文件的最強來源：matched、saved、applied。';
comment on column recruiting.candidate_contact.contact_document_id is 'That document; if fields were kept from an older one, the older one.
該文件；若保留了較舊文件的欄位，則為較舊者。';

create table recruiting.candidate_sensitive (
    company_no text not null,
    resume_id text not null,
    gender text,
    birthday_text text,
    birthday date,
    nationality text,
    military_status text,
    military_retire_text text,
    military_retire_on date,
    military_retire_precision text,
    disabled_types text,
    has_disability_card boolean,
    assistive_devices text,
    special_identities text,
    constraint candidate_sensitive_pkey primary key (company_no, resume_id),
    constraint candidate_sensitive_military_retire_precision_known check (military_retire_precision in ('year', 'month', 'day'))
) partition by list (company_no);
comment on table recruiting.candidate_sensitive is
'What the law protects beyond the rest; grant it sparingly. Grain: company, resume.
法律特別保護的個人資料，授權宜謹慎。';
comment on column recruiting.candidate_sensitive.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.candidate_sensitive.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.candidate_sensitive.gender is 'Gender, 104''s word.
性別（104 原文）。';
comment on column recruiting.candidate_sensitive.birthday_text is 'Birthday, 104''s words.
生日（104 原文）。';
comment on column recruiting.candidate_sensitive.birthday is 'Birthday.
生日。';
comment on column recruiting.candidate_sensitive.nationality is 'Nationality.
國籍。';
comment on column recruiting.candidate_sensitive.military_status is 'Military service (militaryStatus).
兵役狀況。';
comment on column recruiting.candidate_sensitive.military_retire_text is 'End of military service, 104''s words (militaryRetireDate).
退伍時間（104 原文）。';
comment on column recruiting.candidate_sensitive.military_retire_on is 'The first day that those words can mean.
該文字可能表示的最早日期。';
comment on column recruiting.candidate_sensitive.military_retire_precision is 'How much of military_retire_on the words gave: year, month, day.
military_retire_on 的精確度：year 年、month 月、day 日。';
comment on column recruiting.candidate_sensitive.disabled_types is 'Kind and degree of disability (disabledTypes).
身障類別與程度。';
comment on column recruiting.candidate_sensitive.has_disability_card is 'Holds a disability card (disabilityCard).
是否持有身障手冊。';
comment on column recruiting.candidate_sensitive.assistive_devices is 'Assistive devices (assistiveDevices).
身障輔具。';
comment on column recruiting.candidate_sensitive.special_identities is 'Special identity (specialIdentities).
特殊身份。';

create table recruiting.candidate_narrative (
    company_no text not null,
    resume_id text not null,
    introduction_html text,
    introduction text,
    motto text,
    characteristic text,
    biography text,
    english_biography text,
    certificates_text text,
    other_certificates_text text,
    constraint candidate_narrative_pkey primary key (company_no, resume_id)
) partition by list (company_no);
comment on table recruiting.candidate_narrative is
'Free texts about the person. Grain: company, resume.
個人自由文字。';
comment on column recruiting.candidate_narrative.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.candidate_narrative.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.candidate_narrative.introduction_html is 'Introduction as 104 sent it, HTML.
個人簡介（HTML 原文）。';
comment on column recruiting.candidate_narrative.introduction is 'Introduction as plain text.
個人簡介（純文字）。';
comment on column recruiting.candidate_narrative.motto is 'Motto.
格言。';
comment on column recruiting.candidate_narrative.characteristic is 'What is special about the person.
個人特色。';
comment on column recruiting.candidate_narrative.biography is 'Autobiography (biography.bio).
自傳。';
comment on column recruiting.candidate_narrative.english_biography is 'Autobiography in English (biography.engBio).
英文自傳。';
comment on column recruiting.candidate_narrative.certificates_text is 'Certificates as one string (commonCertificates.certificates).
證照（單一字串）。';
comment on column recruiting.candidate_narrative.other_certificates_text is 'Other certificates as one string (commonCertificates.otherCertificates).
其他證照（單一字串）。';

create table recruiting.job_preference (
    company_no text not null,
    resume_id text not null,
    job_characteristic text,
    work_interval text,
    other_work_interval text,
    is_shift_work_accepted boolean,
    start_text text,
    start_on date,
    start_precision text,
    start_notice_days integer,
    wage_text text,
    wage_kind text,
    wage_min bigint,
    wage_max bigint,
    wage_monthly_min bigint,
    wage_monthly_max bigint,
    work_place text,
    remote_work text,
    job_name text,
    job_category text,
    industry_category text,
    work_desc text,
    constraint job_preference_pkey primary key (company_no, resume_id),
    constraint job_preference_start_precision_known check (start_precision in ('year', 'month', 'day')),
    constraint job_preference_wage_kind_known check (wage_kind in ('monthly', 'yearly', 'daily', 'hourly', 'piecework', 'negotiable'))
) partition by list (company_no);
create index job_preference_wage_monthly_min on recruiting.job_preference (company_no, wage_monthly_min);
comment on table recruiting.job_preference is
'What the person looks for (jobRequirement). Grain: company, resume.
求職條件。';
comment on column recruiting.job_preference.company_no is 'Company (統編, 8 digits).
公司統一編號（8 碼）。';
comment on column recruiting.job_preference.resume_id is 'The resume: the id that 104 listed.
履歷編號（104 列出的編號）。';
comment on column recruiting.job_preference.job_characteristic is 'Kind of job (jobCharacteristic).
工作性質。';
comment on column recruiting.job_preference.work_interval is 'Working hours (workInterval).
上班時段。';
comment on column recruiting.job_preference.other_work_interval is 'Other working hours (otherWorkInterval).
其他上班時段。';
comment on column recruiting.job_preference.is_shift_work_accepted is 'Would work in shifts (shiftWork).
是否可輪班。';
comment on column recruiting.job_preference.start_text is 'When the person could start, 104''s words (startDateOpt).
可上班日（104 原文）。';
comment on column recruiting.job_preference.start_on is 'The date in those words, where they hold one.
文字中的日期（若有）。';
comment on column recruiting.job_preference.start_precision is 'How much of start_on the words gave: year, month, day.
start_on 的精確度：year 年、month 月、day 日。';
comment on column recruiting.job_preference.start_notice_days is 'Days of notice in those words; 0 for at once.
錄取後幾日可上班；0 表示隨時。';
comment on column recruiting.job_preference.wage_text is 'Wanted wage, 104''s words.
希望待遇（104 原文）。';
comment on column recruiting.job_preference.wage_kind is 'monthly, yearly, daily, hourly, piecework, negotiable.
monthly 月薪、yearly 年薪、daily 日薪、hourly 時薪、piecework 論件、negotiable 面議。';
comment on column recruiting.job_preference.wage_min is 'Lower bound, TWD a wage_kind.
下限（新台幣，依 wage_kind）。';
comment on column recruiting.job_preference.wage_max is 'Upper bound, TWD a wage_kind; null for an open end.
上限（新台幣，依 wage_kind）；無上限為空。';
comment on column recruiting.job_preference.wage_monthly_min is 'Lower bound, TWD a month; for monthly and yearly wages.
換算月薪下限（新台幣）；僅月薪與年薪。';
comment on column recruiting.job_preference.wage_monthly_max is 'Upper bound, TWD a month; for monthly and yearly wages.
換算月薪上限（新台幣）；僅月薪與年薪。';
comment on column recruiting.job_preference.work_place is 'Wanted place (workPlace).
希望工作地點。';
comment on column recruiting.job_preference.remote_work is 'Remote work (remoteWork).
遠端工作。';
comment on column recruiting.job_preference.job_name is 'Wanted job title (jobName).
希望職稱。';
comment on column recruiting.job_preference.job_category is 'Wanted job category (jobCategory).
希望職類。';
comment on column recruiting.job_preference.industry_category is 'Wanted industry (industryCategory).
希望產業。';
comment on column recruiting.job_preference.work_desc is 'Wanted work in free words (workDesc).
希望工作內容。';
