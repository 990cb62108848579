-- The sample application: what it schedules, what became of it, and what it has generated.

CREATE TABLE scheduled_posts (
    id             serial PRIMARY KEY,
    user_id        integer NOT NULL,
    title          text,
    subreddit      text NOT NULL,
    status         text NOT NULL DEFAULT 'pending'
                   CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    scheduled_for  timestamptz NOT NULL,
    reddit_post_id text,
    attempts       integer NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX scheduled_posts_waiting ON scheduled_posts (user_id, scheduled_for) WHERE status = 'pending';

CREATE TABLE reddit_post_outcomes (
    id                bigserial PRIMARY KEY,
    user_id           integer NOT NULL,
    scheduled_post_id integer,
    reddit_post_id    text,
    subreddit         text NOT NULL,
    title             text,
    occurred_at       timestamptz NOT NULL DEFAULT now(),
    success           boolean NOT NULL DEFAULT true,
    views             integer NOT NULL DEFAULT 0,
    upvotes           integer NOT NULL DEFAULT 0,
    comment_count     integer,
    failure_reason    text
);

CREATE INDEX reddit_post_outcomes_by_time ON reddit_post_outcomes (occurred_at);
CREATE INDEX reddit_post_outcomes_by_user ON reddit_post_outcomes (user_id, occurred_at);
CREATE INDEX reddit_post_outcomes_by_post ON reddit_post_outcomes (reddit_post_id);

CREATE TABLE caption_variants (
    id              bigserial PRIMARY KEY,
    user_id         integer NOT NULL,
    caption         text,
    ranked_metadata jsonb,
    created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX caption_variants_by_time ON caption_variants (created_at);
CREATE INDEX caption_variants_by_user ON caption_variants (user_id, id);

CREATE TABLE content_generations (
    id              bigserial PRIMARY KEY,
    user_id         integer,
    generation_type text NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX content_generations_by_time ON content_generations (created_at);
CREATE INDEX content_generations_by_user ON content_generations (user_id, created_at);
