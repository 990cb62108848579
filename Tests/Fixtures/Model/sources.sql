-- What the model test adds to the application's tables: a source with foreign keys that cascade, a source in partitions of
-- two depths, and everything a definition may be made of that the shipped ones do not use.

CREATE TYPE mood AS ENUM ('calm', 'Über "x"', 'with space');

CREATE TABLE campaigns (
    id   integer PRIMARY KEY,
    name text
);

-- A click goes with its campaign, follows its number, and goes with the click it answers.
CREATE TABLE campaign_clicks (
    id          bigserial PRIMARY KEY,
    campaign_id integer REFERENCES campaigns ON DELETE CASCADE ON UPDATE CASCADE,
    answers     bigint REFERENCES campaign_clicks ON DELETE CASCADE,
    note        text,
    clicked_on  date,
    channel     text,
    mood        mood,
    tag         text,
    cost        bigint
);

CREATE INDEX campaign_clicks_campaign ON campaign_clicks (campaign_id);
CREATE INDEX campaign_clicks_answers ON campaign_clicks (answers);

CREATE TABLE readings (
    region  text NOT NULL,
    id      bigint NOT NULL,
    taken   timestamp NOT NULL,
    sensor  text,
    checked boolean,
    value   bigint,
    note    text,
    PRIMARY KEY (region, taken, id)
) PARTITION BY LIST (region);

-- Columns in another order, and one that is gone.
CREATE TABLE readings_eu (
    note    text,
    gone    integer,
    value   bigint,
    taken   timestamp NOT NULL,
    id      bigint NOT NULL,
    region  text NOT NULL,
    sensor  text,
    checked boolean
);
ALTER TABLE readings_eu DROP COLUMN gone;
ALTER TABLE readings ATTACH PARTITION readings_eu FOR VALUES IN ('eu');

CREATE TABLE readings_us PARTITION OF readings FOR VALUES IN ('us') PARTITION BY RANGE (taken);
CREATE TABLE readings_us_old PARTITION OF readings_us FOR VALUES FROM (MINVALUE) TO ('2025-11-02 06:00');
CREATE TABLE readings_us_new PARTITION OF readings_us DEFAULT;
CREATE TABLE readings_rest PARTITION OF readings DEFAULT;

-- Outcomes look their post up.
CREATE UNIQUE INDEX scheduled_posts_reddit_post ON scheduled_posts (reddit_post_id);
