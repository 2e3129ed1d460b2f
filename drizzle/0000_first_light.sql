CREATE TABLE "account" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"password_hash" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "account_email" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "api_key" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"key_hash" "bytea" NOT NULL,
	"key_prefix" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"expires_at" timestamp with time zone,
	"allowed_models" text[],
	"allowed_ips" text[],
	"rpm" integer,
	"tpm" integer,
	"concurrency" integer,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_key_key_hash_unique" UNIQUE("key_hash")
);
--> statement-breakpoint
CREATE TABLE "api_key_quota" (
	"id" uuid PRIMARY KEY NOT NULL,
	"api_key_id" uuid NOT NULL,
	"quota_type" text NOT NULL,
	"quota_limit" bigint NOT NULL,
	"used" bigint DEFAULT 0 NOT NULL,
	"period" text DEFAULT '' NOT NULL,
	"version" bigint DEFAULT 1 NOT NULL,
	CONSTRAINT "api_key_quota_type" UNIQUE("api_key_id","quota_type")
);
--> statement-breakpoint
CREATE TABLE "audit_log" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"target" text NOT NULL,
	"before" jsonb,
	"after" jsonb,
	"address" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "billing_transaction" (
	"id" uuid PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"api_key_id" uuid,
	"trace_id" text NOT NULL,
	"kind" text NOT NULL,
	"status" text NOT NULL,
	"is_stream" boolean DEFAULT false NOT NULL,
	"endpoint" text,
	"model" text,
	"upstream" text,
	"input_tokens" integer DEFAULT 0 NOT NULL,
	"output_tokens" integer DEFAULT 0 NOT NULL,
	"cached_tokens" integer DEFAULT 0 NOT NULL,
	"reasoning_tokens" integer DEFAULT 0 NOT NULL,
	"usage_source" text,
	"usage_anomaly" text,
	"counted_input_tokens" integer,
	"counted_output_tokens" integer,
	"reported_input_tokens" integer,
	"reported_output_tokens" integer,
	"attempt" integer DEFAULT 1 NOT NULL,
	"amount" bigint DEFAULT 0 NOT NULL,
	"balance_after" bigint,
	"hold" bigint DEFAULT 0 NOT NULL,
	"hold_tokens" integer DEFAULT 0 NOT NULL,
	"input_price" numeric(24, 9),
	"output_price" numeric(24, 9),
	"cached_input_price" numeric(24, 9),
	"day" date,
	"month" char(7),
	"admitted_by" text,
	"owner" text,
	"lease_expires_at" timestamp with time zone,
	"trace_named" boolean DEFAULT false NOT NULL,
	"body_hash" text,
	"finish" text,
	"upstream_ms" integer,
	"first_byte_ms" integer,
	"duration_ms" integer,
	"note" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"committed_at" timestamp with time zone,
	CONSTRAINT "billing_transaction_trace" UNIQUE("tenant_id","trace_id"),
	CONSTRAINT "billing_transaction_status" CHECK ("billing_transaction"."status" in ('PENDING', 'COMMITTED', 'VOIDED')),
	CONSTRAINT "billing_transaction_kind" CHECK ("billing_transaction"."kind" in ('charge', 'topup', 'adjustment', 'refund')),
	CONSTRAINT "billing_transaction_amount" CHECK ("billing_transaction"."amount" between -9000000000000000 and 9000000000000000)
);
--> statement-breakpoint
CREATE TABLE "membership" (
	"account_id" uuid NOT NULL,
	"tenant_id" uuid NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "membership_account_id_tenant_id_pk" PRIMARY KEY("account_id","tenant_id")
);
--> statement-breakpoint
CREATE TABLE "model" (
	"id" text PRIMARY KEY NOT NULL,
	"input_price" numeric(24, 9) NOT NULL,
	"output_price" numeric(24, 9) NOT NULL,
	"cached_input_price" numeric(24, 9),
	"context_window" integer,
	"max_output_tokens" integer,
	"tokenizer" text,
	"usage_source" text DEFAULT 'counted' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "setting" (
	"name" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stored_answer" (
	"tenant_id" uuid NOT NULL,
	"trace_id" text NOT NULL,
	"status" integer NOT NULL,
	"content_type" text NOT NULL,
	"body" "bytea" NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "stored_answer_tenant_id_trace_id_pk" PRIMARY KEY("tenant_id","trace_id")
);
--> statement-breakpoint
CREATE TABLE "tenant" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tenant_status" CHECK ("tenant"."status" in ('active', 'suspended'))
);
--> statement-breakpoint
CREATE TABLE "tenant_quota" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"balance" bigint DEFAULT 0 NOT NULL,
	"credit_limit" bigint DEFAULT 0 NOT NULL,
	"daily_limit" integer,
	"daily_used" integer DEFAULT 0 NOT NULL,
	"daily_date" date DEFAULT (now() at time zone 'utc')::date NOT NULL,
	"monthly_limit" integer,
	"monthly_used" integer DEFAULT 0 NOT NULL,
	"monthly_month" char(7) DEFAULT to_char(now() at time zone 'utc', 'YYYY-MM') NOT NULL,
	"version" bigint DEFAULT 1 NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "tenant_quota_credit_limit" CHECK ("tenant_quota"."credit_limit" between 0 and 9000000000000000),
	CONSTRAINT "tenant_quota_daily_limit" CHECK ("tenant_quota"."daily_limit" >= 0),
	CONSTRAINT "tenant_quota_monthly_limit" CHECK ("tenant_quota"."monthly_limit" >= 0)
);
--> statement-breakpoint
CREATE TABLE "upstream" (
	"name" text PRIMARY KEY NOT NULL,
	"base_url" text NOT NULL,
	"api_key_encrypted" "bytea",
	"weight" integer DEFAULT 1 NOT NULL,
	"priority" integer DEFAULT 0 NOT NULL,
	"timeout_ms" integer DEFAULT 600000 NOT NULL,
	"built_in" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "upstream_model" (
	"upstream_name" text NOT NULL,
	"public_name" text NOT NULL,
	"upstream_model_name" text NOT NULL,
	CONSTRAINT "upstream_model_upstream_name_public_name_pk" PRIMARY KEY("upstream_name","public_name")
);
--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_key_quota" ADD CONSTRAINT "api_key_quota_api_key_id_api_key_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_key"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billing_transaction" ADD CONSTRAINT "billing_transaction_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billing_transaction" ADD CONSTRAINT "billing_transaction_api_key_id_api_key_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_key"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "membership" ADD CONSTRAINT "membership_account_id_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."account"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "membership" ADD CONSTRAINT "membership_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "stored_answer" ADD CONSTRAINT "stored_answer_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tenant_quota" ADD CONSTRAINT "tenant_quota_tenant_id_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenant"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "upstream_model" ADD CONSTRAINT "upstream_model_upstream_name_upstream_name_fk" FOREIGN KEY ("upstream_name") REFERENCES "public"."upstream"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_key_tenant" ON "api_key" USING btree ("tenant_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "audit_log_tenant" ON "audit_log" USING btree ("tenant_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "billing_transaction_page" ON "billing_transaction" USING btree ("tenant_id","id" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "billing_transaction_key" ON "billing_transaction" USING btree ("api_key_id","created_at");--> statement-breakpoint
CREATE INDEX "billing_transaction_pending" ON "billing_transaction" USING btree ("tenant_id") WHERE "billing_transaction"."status" = 'PENDING';--> statement-breakpoint
CREATE INDEX "billing_transaction_lease" ON "billing_transaction" USING btree ("lease_expires_at") WHERE "billing_transaction"."status" = 'PENDING';--> statement-breakpoint
CREATE INDEX "membership_tenant" ON "membership" USING btree ("tenant_id");--> statement-breakpoint
CREATE INDEX "stored_answer_expiry" ON "stored_answer" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "upstream_model_public" ON "upstream_model" USING btree ("public_name");