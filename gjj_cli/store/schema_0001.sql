-- Schema version 1, as it was released in 0.1.0. It never changes: what comes later is a migration of its own.
-- Written as SQLite reads it; migration_0001 gives PostgreSQL its BYTEA and byte order, and makes the triggers.

CREATE TABLE meta (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
);

CREATE TABLE token (
    sha256 TEXT NOT NULL,
    user_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at TEXT NOT NULL,
    until TEXT,
    PRIMARY KEY (sha256)
);

CREATE TABLE unit (
    unit TEXT NOT NULL,
    name TEXT NOT NULL,
    org TEXT NOT NULL,
    uscc TEXT,
    first_month BIGINT,
    paid_through BIGINT,
    state TEXT NOT NULL,
    payday BIGINT,
    opening_date TEXT,
    settled_year BIGINT,
    custody BIGINT NOT NULL,
    next_entry_no BIGINT NOT NULL,
    head_hash TEXT NOT NULL,
    last_posting_date TEXT,
    next_audit_no BIGINT NOT NULL,
    audit_head TEXT NOT NULL,
    PRIMARY KEY (unit)
);

CREATE TABLE users (
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    display TEXT NOT NULL,
    id_number TEXT,
    disabled BIGINT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE agent (
    unit TEXT NOT NULL,
    id_number TEXT NOT NULL,
    name TEXT NOT NULL,
    mobile TEXT NOT NULL,
    case_no TEXT,
    PRIMARY KEY (unit, id_number),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);

CREATE TABLE audit_log (
    unit TEXT NOT NULL,
    no BIGINT NOT NULL,
    at TEXT NOT NULL,
    as_of TEXT NOT NULL,
    actor TEXT NOT NULL,
    command TEXT NOT NULL,
    detail TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (unit, no),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);

CREATE TABLE cases (
    unit TEXT NOT NULL,
    case_no TEXT NOT NULL,
    business TEXT NOT NULL,
    state TEXT NOT NULL,
    channel TEXT NOT NULL,
    method TEXT,
    heads BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL,
    effective_month BIGINT,
    other_unit TEXT,
    batch TEXT NOT NULL,
    totals TEXT NOT NULL,
    file_name TEXT,
    file_sha256 TEXT,
    submitted_by TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    as_of TEXT NOT NULL,
    first_by TEXT,
    second_by TEXT,
    finished_at TEXT,
    finished_date TEXT,
    run_no TEXT,
    scan_no TEXT,
    archive_no TEXT,
    printed_at TEXT,
    PRIMARY KEY (unit, case_no),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);
CREATE INDEX cases_by_file ON cases (unit, file_sha256);
CREATE INDEX cases_by_state ON cases (unit, state);

CREATE TABLE counter (
    unit TEXT NOT NULL,
    kind TEXT NOT NULL,
    period TEXT NOT NULL,
    next_no BIGINT NOT NULL,
    PRIMARY KEY (unit, kind, period),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);

CREATE TABLE employee (
    unit TEXT NOT NULL,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    doc_type TEXT NOT NULL,
    id_number TEXT NOT NULL,
    id_hash TEXT NOT NULL,
    mobile TEXT,
    status TEXT NOT NULL,
    paid_through BIGINT,
    imported_through BIGINT,
    carried_through BIGINT,
    sex TEXT,
    birth TEXT,
    phone TEXT,
    marital TEXT,
    education TEXT,
    occupation TEXT,
    professional_title TEXT,
    job_title TEXT,
    address TEXT,
    postcode TEXT,
    family_income_fen BIGINT,
    PRIMARY KEY (unit, account),
    FOREIGN KEY(unit) REFERENCES unit (unit),
    CONSTRAINT employee_status CHECK (status IN ('正常', '封存', '转出'))
);
CREATE INDEX employee_by_identity ON employee (unit, id_hash);

CREATE TABLE person (
    unit TEXT NOT NULL,
    account TEXT NOT NULL,
    id_hash TEXT NOT NULL,
    at_unit TEXT NOT NULL,
    PRIMARY KEY (unit, account),
    UNIQUE (unit, id_hash),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);

CREATE TABLE post_key (
    unit TEXT NOT NULL,
    kind TEXT NOT NULL,
    "key" TEXT NOT NULL,
    generation BIGINT NOT NULL,
    content_hash TEXT NOT NULL,
    entry_no BIGINT NOT NULL,
    PRIMARY KEY (unit, kind, "key", generation),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);

CREATE TABLE rate_history (
    unit TEXT NOT NULL,
    seq BIGINT NOT NULL,
    from_month BIGINT NOT NULL,
    to_month BIGINT,
    unit_bp BIGINT NOT NULL,
    personal_bp BIGINT NOT NULL,
    kind TEXT NOT NULL,
    case_no TEXT,
    PRIMARY KEY (unit, seq),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);

CREATE TABLE receipt (
    unit TEXT NOT NULL,
    bank TEXT NOT NULL,
    ref TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    date TEXT NOT NULL,
    of_unit TEXT,
    state TEXT NOT NULL,
    entry_no BIGINT NOT NULL,
    PRIMARY KEY (unit, bank, ref),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);

CREATE TABLE run (
    unit TEXT NOT NULL,
    run_no TEXT NOT NULL,
    business TEXT NOT NULL,
    through BIGINT NOT NULL,
    method TEXT NOT NULL,
    as_of TEXT NOT NULL,
    started_at TEXT NOT NULL,
    started_by TEXT NOT NULL,
    finished_at TEXT,
    scope TEXT NOT NULL,
    PRIMARY KEY (unit, run_no),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);

CREATE TABLE run_unit (
    unit TEXT NOT NULL,
    run_no TEXT NOT NULL,
    outcome TEXT NOT NULL,
    months TEXT NOT NULL,
    heads BIGINT NOT NULL,
    total_fen BIGINT NOT NULL,
    code TEXT,
    short_fen BIGINT,
    detail TEXT,
    case_no TEXT,
    PRIMARY KEY (unit, run_no),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);

CREATE TABLE unit_balance (
    unit TEXT NOT NULL,
    fund_fen BIGINT NOT NULL,
    suspense_fen BIGINT NOT NULL,
    reserved_fen BIGINT NOT NULL,
    PRIMARY KEY (unit),
    FOREIGN KEY(unit) REFERENCES unit (unit),
    CONSTRAINT unit_balance_covers_reserved CHECK (suspense_fen >= reserved_fen AND reserved_fen >= 0)
);

CREATE TABLE unit_event (
    unit TEXT NOT NULL,
    seq BIGINT NOT NULL,
    date TEXT NOT NULL,
    business TEXT NOT NULL,
    memo TEXT NOT NULL,
    heads BIGINT NOT NULL,
    amount_fen BIGINT NOT NULL,
    interest_fen BIGINT NOT NULL,
    case_no TEXT,
    entry_no BIGINT,
    PRIMARY KEY (unit, seq),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);

CREATE TABLE user_unit (
    unit TEXT NOT NULL,
    user_name TEXT NOT NULL,
    PRIMARY KEY (unit, user_name),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);

CREATE TABLE voucher (
    unit TEXT NOT NULL,
    no BIGINT NOT NULL,
    month BIGINT NOT NULL,
    voucher_no BIGINT NOT NULL,
    date TEXT NOT NULL,
    business TEXT NOT NULL,
    case_no TEXT,
    memo TEXT NOT NULL,
    teller TEXT NOT NULL,
    org TEXT NOT NULL,
    transfer_id TEXT,
    reverses BIGINT,
    post_kind TEXT NOT NULL,
    post_key TEXT NOT NULL,
    generation BIGINT NOT NULL,
    content_hash TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (unit, no),
    UNIQUE (unit, month, voucher_no),
    UNIQUE (unit, reverses),
    FOREIGN KEY(unit) REFERENCES unit (unit),
    FOREIGN KEY(unit, reverses) REFERENCES voucher (unit, no)
);
CREATE INDEX voucher_by_case ON voucher (unit, case_no);
CREATE INDEX voucher_by_key ON voucher (unit, post_kind, post_key, generation);

CREATE TABLE voucher_counter (
    unit TEXT NOT NULL,
    month BIGINT NOT NULL,
    next_no BIGINT NOT NULL,
    PRIMARY KEY (unit, month),
    FOREIGN KEY(unit) REFERENCES unit (unit)
);

CREATE TABLE agent_document (
    unit TEXT NOT NULL,
    id_number TEXT NOT NULL,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (unit, id_number, kind),
    FOREIGN KEY(unit, id_number) REFERENCES agent (unit, id_number)
);

CREATE TABLE attachment (
    unit TEXT NOT NULL,
    case_no TEXT NOT NULL,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (unit, case_no, kind, sha256),
    FOREIGN KEY(unit, case_no) REFERENCES cases (unit, case_no)
);

CREATE TABLE base_history (
    unit TEXT NOT NULL,
    employee TEXT NOT NULL,
    seq BIGINT NOT NULL,
    from_month BIGINT NOT NULL,
    base_fen BIGINT NOT NULL,
    case_no TEXT,
    kind TEXT NOT NULL,
    PRIMARY KEY (unit, employee, seq),
    FOREIGN KEY(unit, employee) REFERENCES employee (unit, account)
);

CREATE TABLE case_event (
    unit TEXT NOT NULL,
    case_no TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    reason TEXT,
    PRIMARY KEY (unit, case_no, seq),
    FOREIGN KEY(unit, case_no) REFERENCES cases (unit, case_no)
);

CREATE TABLE case_file (
    unit TEXT NOT NULL,
    case_no TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (unit, case_no, sha256),
    FOREIGN KEY(unit, case_no) REFERENCES cases (unit, case_no)
);

CREATE TABLE case_row (
    unit TEXT NOT NULL,
    case_no TEXT NOT NULL,
    row_no BIGINT NOT NULL,
    account TEXT,
    id_hash TEXT,
    effective_month BIGINT,
    end_month BIGINT,
    content TEXT NOT NULL,
    PRIMARY KEY (unit, case_no, row_no),
    FOREIGN KEY(unit, case_no) REFERENCES cases (unit, case_no)
);
CREATE INDEX case_row_by_account ON case_row (unit, account);

CREATE TABLE change_event (
    unit TEXT NOT NULL,
    seq BIGINT NOT NULL,
    date TEXT NOT NULL,
    change_type TEXT NOT NULL,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    doc_type TEXT NOT NULL,
    id_number TEXT NOT NULL,
    before_status TEXT,
    after_status TEXT NOT NULL,
    before_base_fen BIGINT,
    after_base_fen BIGINT,
    delta_fen BIGINT NOT NULL,
    effective_month BIGINT NOT NULL,
    case_no TEXT,
    PRIMARY KEY (unit, seq),
    FOREIGN KEY(unit, account) REFERENCES employee (unit, account)
);

CREATE TABLE employee_balance (
    unit TEXT NOT NULL,
    employee TEXT NOT NULL,
    cur_fen BIGINT NOT NULL,
    prior_fen BIGINT NOT NULL,
    PRIMARY KEY (unit, employee),
    FOREIGN KEY(unit, employee) REFERENCES employee (unit, account),
    CONSTRAINT employee_balance_not_negative CHECK (cur_fen >= 0 AND prior_fen >= 0)
);

CREATE TABLE enrolment (
    unit TEXT NOT NULL,
    employee TEXT NOT NULL,
    seq BIGINT NOT NULL,
    from_month BIGINT NOT NULL,
    to_month BIGINT,
    opened_by TEXT,
    closed_by TEXT,
    PRIMARY KEY (unit, employee, seq),
    FOREIGN KEY(unit, employee) REFERENCES employee (unit, account)
);

CREATE TABLE line (
    unit TEXT NOT NULL,
    voucher BIGINT NOT NULL,
    n BIGINT NOT NULL,
    account TEXT NOT NULL,
    employee TEXT,
    part TEXT,
    side TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    value_date TEXT NOT NULL,
    PRIMARY KEY (unit, voucher, n),
    FOREIGN KEY(unit, voucher) REFERENCES voucher (unit, no),
    FOREIGN KEY(unit, employee) REFERENCES employee (unit, account),
    CONSTRAINT line_not_zero CHECK (amount_fen <> 0),
    CONSTRAINT line_side CHECK (side IN ('借', '贷')),
    CONSTRAINT line_201_is_personal CHECK (CASE WHEN account = '201' THEN employee IS NOT NULL AND part IS NOT NULL AND part IN ('cur', 'prior') ELSE employee IS NULL AND part IS NULL END)
);
CREATE INDEX line_by_employee ON line (unit, employee);

CREATE TABLE person_month (
    unit TEXT NOT NULL,
    employee TEXT NOT NULL,
    month BIGINT NOT NULL,
    due_unit_fen BIGINT NOT NULL,
    due_personal_fen BIGINT NOT NULL,
    paid_unit_fen BIGINT NOT NULL,
    paid_personal_fen BIGINT NOT NULL,
    last_voucher BIGINT NOT NULL,
    PRIMARY KEY (unit, employee, month),
    FOREIGN KEY(unit, employee) REFERENCES employee (unit, account),
    FOREIGN KEY(unit, last_voucher) REFERENCES voucher (unit, no)
);
CREATE INDEX person_month_by_voucher ON person_month (unit, last_voucher);
