import { formatUsd } from '../domain/money';
import type { Language, Letter } from '../domain/ports/letters';
import type { Role } from '../domain/ports/sign-in';

export interface LetterText {
  readonly subject: string;
  readonly text: string;
}

type Writer = (letter: Letter) => LetterText;

const page = (lines: readonly string[]): string => `${lines.join('\n\n')}\n\n-- \nTallygate\n`;

const ROLES_EN: Readonly<Record<Role, string>> = {
  owner: 'an owner',
  admin: 'an admin',
  member: 'a member',
  viewer: 'a viewer',
};
const ROLES_ZH: Readonly<Record<Role, string>> = {
  owner: '所有者',
  admin: '管理员',
  member: '成员',
  viewer: '查看者',
};

const english: Writer = (letter) => {
  switch (letter.kind) {
    case 'confirm_email':
      return {
        subject: 'Confirm your address',
        text: page([
          'Welcome. Open this page to confirm your address; the link works once, for 24 hours:',
          letter.url,
          'If you did not sign up, leave it: without it the account does not count.',
        ]),
      };
    case 'account_exists':
      return {
        subject: 'You have an account already',
        text: page([
          'Somebody, probably you, signed up with this address. It has an account already, and nothing was changed.',
          'If the password is lost, set a new one here:',
          letter.url,
        ]),
      };
    case 'reset_password':
      return {
        subject: 'Set a new password',
        text: page([
          'Open this page to set a new password; the link works once, for an hour:',
          letter.url,
          'Every browser is signed out then. If you did not ask for this, leave it: nothing changes.',
        ]),
      };
    case 'password_changed':
      return {
        subject: 'Your password was changed',
        text: page([
          'The password of your account was changed, and other browsers were signed out.',
          'If that was not you, set a new password at once, from the sign-in page.',
        ]),
      };
    case 'invitation':
      return {
        subject: `Join ${letter.tenantName}`,
        text: page([
          `${letter.invitedBy ?? 'The operator'} invites you to ${letter.tenantName} as ${ROLES_EN[letter.role]}. The link works once, for seven days:`,
          letter.url,
          'If you do not know them, leave it.',
        ]),
      };
    case 'budget_reached':
      return {
        subject: `${letter.tenantName}: ${letter.threshold} % of this month’s budget`,
        text: page([
          `${letter.tenantName} has spent $${formatUsd(letter.spentNano)} in ${letter.month} (UTC), which is ${letter.threshold} % or more of its budget of $${formatUsd(letter.amountNano)}.`,
          'Nothing is refused because of this: a budget only tells. Limits and balance are here:',
          letter.url,
        ]),
      };
  }
};

const chinese: Writer = (letter) => {
  switch (letter.kind) {
    case 'confirm_email':
      return {
        subject: '确认你的邮箱',
        text: page([
          '欢迎。打开以下页面确认邮箱；链接 24 小时内有效，只能使用一次：',
          letter.url,
          '如果你没有注册，请忽略本邮件：未经确认的账号不会生效。',
        ]),
      };
    case 'account_exists':
      return {
        subject: '你已有账号',
        text: page([
          '有人（可能是你）用这个邮箱注册。它已有账号，没有任何改动。',
          '如果忘记了密码，可在此重设：',
          letter.url,
        ]),
      };
    case 'reset_password':
      return {
        subject: '重设密码',
        text: page([
          '打开以下页面设置新密码；链接一小时内有效，只能使用一次：',
          letter.url,
          '设置后所有浏览器都会退出登录。如果不是你的操作，请忽略本邮件：不会有任何改动。',
        ]),
      };
    case 'password_changed':
      return {
        subject: '密码已更改',
        text: page([
          '你的账号密码已更改，其他浏览器已退出登录。',
          '如果不是你的操作，请立即在登录页重设密码。',
        ]),
      };
    case 'invitation':
      return {
        subject: `加入 ${letter.tenantName}`,
        text: page([
          `${letter.invitedBy ?? '网关运营方'}邀请你以${ROLES_ZH[letter.role]}身份加入 ${letter.tenantName}。链接七天内有效，只能使用一次：`,
          letter.url,
          '如果你不认识对方，请忽略本邮件。',
        ]),
      };
    case 'budget_reached':
      return {
        subject: `${letter.tenantName}：本月预算已用 ${letter.threshold}%`,
        text: page([
          `${letter.tenantName} 在 ${letter.month}（UTC）已消费 $${formatUsd(letter.spentNano)}，达到预算 $${formatUsd(letter.amountNano)} 的 ${letter.threshold}% 或以上。`,
          '请求不会因此被拒绝：预算只作提醒。限额与余额见：',
          letter.url,
        ]),
      };
  }
};

/** A letter in its reader's language, as plain text: nothing to load, nothing to hide behind. */
export const writeLetter = (language: Language, letter: Letter): LetterText =>
  language === 'zh-CN' ? chinese(letter) : english(letter);
