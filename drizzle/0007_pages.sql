-- The indexes of pages, in the direction that ORDER BY … DESC can use; those that they replace were
-- NULLS LAST, which it cannot. On a ledger that is in use they are made beforehand, without a lock
-- (large-indexes.ts); here only where there was none yet.
CREATE INDEX IF NOT EXISTS "audit_log_by_tenant" ON "audit_log" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "billing_transaction_by_tenant" ON "billing_transaction" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "billing_transaction_by_key" ON "billing_transaction" USING btree ("api_key_id","id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "billing_transaction_by_model" ON "billing_transaction" USING btree ("tenant_id","model","id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "billing_transaction_voids" ON "billing_transaction" USING btree ("tenant_id","id") WHERE "billing_transaction"."status" = 'VOIDED';--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "billing_transaction_credits" ON "billing_transaction" USING btree ("tenant_id","id") WHERE "billing_transaction"."kind" <> 'charge';--> statement-breakpoint
DROP INDEX IF EXISTS "audit_log_tenant";--> statement-breakpoint
DROP INDEX IF EXISTS "billing_transaction_page";--> statement-breakpoint
DROP INDEX IF EXISTS "billing_transaction_key";
