-- Who made an app.
ALTER TABLE "apps" ADD COLUMN "created_by" TEXT;

-- Credentials that live until another one is first used, and an hour more.
ALTER TABLE "credentials" ADD COLUMN "until_use_of" TEXT;
CREATE INDEX "credentials_until_use_of_idx" ON "credentials"("until_use_of");

-- When an operator was last seen, and the sign-in before a session.
ALTER TABLE "operators" ADD COLUMN "last_seen_at" TIMESTAMP(3),
    ADD COLUMN "signed_in_at" TIMESTAMP(3),
    ADD COLUMN "signed_in_ip" TEXT;
ALTER TABLE "operator_sessions" ADD COLUMN "before_at" TIMESTAMP(3),
    ADD COLUMN "before_ip" TEXT;

-- The audit log is read by time, and by who.
CREATE INDEX "audit_at_idx" ON "audit"("at");
CREATE INDEX "audit_actor_id_idx" ON "audit"("actor", "id");

-- Changes that came with an Idempotency-Key.
CREATE TABLE "operator_requests" (
    "operator_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,
    "sealed" BYTEA,
    "pepper_id" TEXT,

    CONSTRAINT "operator_requests_pkey" PRIMARY KEY ("operator_id","key")
);
CREATE INDEX "operator_requests_created_at_idx" ON "operator_requests"("created_at");
ALTER TABLE "operator_requests" ADD CONSTRAINT "operator_requests_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operators"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Decisions about dead letters.
CREATE TYPE "dead_letter_action" AS ENUM ('replayed', 'dismissed');
CREATE TABLE "dead_letter_decisions" (
    "log" TEXT NOT NULL,
    "partition" INTEGER NOT NULL,
    "offset" BIGINT NOT NULL,
    "action" "dead_letter_action" NOT NULL,
    "actor" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "dead_letter_decisions_pkey" PRIMARY KEY ("log","partition","offset")
);
