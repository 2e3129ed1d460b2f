ALTER TABLE "api_key" ADD COLUMN "created_by" uuid;--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "previous_hash" "bytea";--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "previous_prefix" text;--> statement-breakpoint
ALTER TABLE "api_key" ADD COLUMN "previous_until" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_created_by_account_id_fk" FOREIGN KEY ("created_by") REFERENCES "public"."account"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_previous_hash_unique" UNIQUE("previous_hash");--> statement-breakpoint
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_previous" CHECK (num_nulls("api_key"."previous_hash", "api_key"."previous_prefix", "api_key"."previous_until") in (0, 3));