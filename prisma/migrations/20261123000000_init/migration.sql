-- CreateEnum
CREATE TYPE "app_state" AS ENUM ('live', 'disabled');

-- CreateEnum
CREATE TYPE "role" AS ENUM ('viewer', 'owner', 'operator', 'admin');

-- CreateTable
CREATE TABLE "apps" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "state" "app_state" NOT NULL DEFAULT 'live',
    "settings" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "apps_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "app_names" (
    "name" TEXT NOT NULL,
    "app_id" TEXT NOT NULL,

    CONSTRAINT "app_names_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "credentials" (
    "id" TEXT NOT NULL,
    "app_id" TEXT NOT NULL,
    "secret_hmac" BYTEA NOT NULL,
    "pepper_id" TEXT NOT NULL,
    "hint" TEXT NOT NULL,
    "grace" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMP(3) NOT NULL,
    "expires_at" TIMESTAMP(3),
    "revoked_at" TIMESTAMP(3),
    "last_used_at" TIMESTAMP(3),

    CONSTRAINT "credentials_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "signing_keys" (
    "id" TEXT NOT NULL,
    "app_id" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "pepper_id" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "operators" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" "role" NOT NULL,
    "password_hash" TEXT NOT NULL,
    "must_change_password" BOOLEAN NOT NULL,
    "disabled" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "operators_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "operator_sessions" (
    "id" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "operator_id" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,
    "last_seen_at" TIMESTAMP(3) NOT NULL,
    "ip" TEXT NOT NULL,
    "agent" TEXT NOT NULL,

    CONSTRAINT "operator_sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "grants" (
    "operator_id" TEXT NOT NULL,
    "app_id" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "grants_pkey" PRIMARY KEY ("operator_id","app_id")
);

-- CreateTable
CREATE TABLE "audit" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "ip" TEXT NOT NULL,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "changes" (
    "id" INTEGER NOT NULL,
    "n" BIGINT NOT NULL,

    CONSTRAINT "changes_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "app_names_app_id_idx" ON "app_names"("app_id");

-- CreateIndex
CREATE UNIQUE INDEX "credentials_app_id_secret_hmac_key" ON "credentials"("app_id", "secret_hmac");

-- CreateIndex
CREATE INDEX "signing_keys_app_id_idx" ON "signing_keys"("app_id");

-- CreateIndex
CREATE UNIQUE INDEX "operators_email_key" ON "operators"("email");

-- CreateIndex
CREATE UNIQUE INDEX "operator_sessions_token_hash_key" ON "operator_sessions"("token_hash");

-- CreateIndex
CREATE INDEX "operator_sessions_operator_id_idx" ON "operator_sessions"("operator_id");

-- CreateIndex
CREATE INDEX "grants_app_id_idx" ON "grants"("app_id");

-- AddForeignKey
ALTER TABLE "app_names" ADD CONSTRAINT "app_names_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "apps"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credentials" ADD CONSTRAINT "credentials_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "apps"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "signing_keys" ADD CONSTRAINT "signing_keys_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "apps"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "operator_sessions" ADD CONSTRAINT "operator_sessions_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operators"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "grants" ADD CONSTRAINT "grants_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operators"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "grants" ADD CONSTRAINT "grants_app_id_fkey" FOREIGN KEY ("app_id") REFERENCES "apps"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- The counter that tells every cache that what it read may be outdated. A trigger raises it inside the changing
-- transaction, so that it becomes visible with the change, whoever makes it.
INSERT INTO "changes" ("id", "n") VALUES (1, 0);

CREATE FUNCTION "note_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "changes" SET "n" = "n" + 1 WHERE "id" = 1;
    RETURN NULL;
END
$$;

CREATE TRIGGER "apps_note_change" AFTER INSERT OR UPDATE OR DELETE ON "apps"
    FOR EACH STATEMENT EXECUTE FUNCTION "note_change"();
CREATE TRIGGER "app_names_note_change" AFTER INSERT OR UPDATE OR DELETE ON "app_names"
    FOR EACH STATEMENT EXECUTE FUNCTION "note_change"();
CREATE TRIGGER "signing_keys_note_change" AFTER INSERT OR UPDATE OR DELETE ON "signing_keys"
    FOR EACH STATEMENT EXECUTE FUNCTION "note_change"();
CREATE TRIGGER "credentials_note_change" AFTER INSERT OR DELETE ON "credentials"
    FOR EACH STATEMENT EXECUTE FUNCTION "note_change"();
-- All columns but the last use, also columns that come later.
CREATE TRIGGER "credentials_note_update" AFTER UPDATE ON "credentials"
    FOR EACH ROW WHEN (to_jsonb(OLD) - 'last_used_at' IS DISTINCT FROM to_jsonb(NEW) - 'last_used_at')
    EXECUTE FUNCTION "note_change"();
