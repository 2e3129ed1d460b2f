import { hashPassword } from '../../src/server/auth/password';
import { uuidV7 } from '../../src/server/domain/ids';
import type { Subject } from '../growth/subject';
import { Visitor } from './visitor';

/** Makes an owner of the largest tenant, and signs in as a browser does. */
export async function signInToLargest({ sql, largest }: Subject, origin: string): Promise<Visitor> {
  const id = uuidV7();
  const [email, password] = [`pages-${id}@example.test`, `pages ${id}`];
  await sql`
    insert into account (id, email, name, password_hash, email_verified_at)
    values (${id}, ${email}, 'Pages', ${await hashPassword(password)}, now())`;
  await sql`
    insert into membership (account_id, tenant_id, role)
    values (${id}, ${largest.tenantId}, 'owner')`;
  const visitor = new Visitor(origin);
  const asked: { csrfToken: string } = JSON.parse(await visitor.read('/api/auth/csrf'));
  await visitor.post('/api/auth/callback/credentials', { ...asked, email, password, json: 'true' });
  return visitor;
}
