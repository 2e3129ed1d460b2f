import { Database } from '../postgres-model/database';
import type { Server } from './server';

/** One Postgres: whole transactions, one after the other. */
export class PostgresServer implements Server {
  readonly name = 'postgres';
  isUp = true;
  restarts = 0;
  readonly db: Database;

  constructor(readonly now: () => number) {
    this.db = new Database(now);
  }

  start(): void {
    this.isUp = true;
    this.restarts += 1;
    this.db.startedAtMs = this.now();
  }
}
