import { createTransport } from 'nodemailer';
import { type Finding, messageOf, reporter } from '../finding';

const report = reporter('mail');
const TIMEOUT_MS = 5_000;

/** Whether the mail server lets us in. Sends nothing. */
export async function checkMail(url: string): Promise<Finding> {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
  try {
    await transport.verify();
    return report.ok('SMTP_URL leads to a mail server that lets us in');
  } catch (error) {
    const says = `SMTP_URL leads to no mail server that takes letters of ours (${messageOf(error)})`;
    return report.fail(says, 'See its address, user and password; letters wait meanwhile');
  } finally {
    transport.close();
  }
}
