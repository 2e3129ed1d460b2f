import type { z } from 'zod';
import { errorBody } from '../../domain/errors';
import { uuidV7 } from '../../domain/ids';
import { dayOf } from '../../domain/period';
import type { Action } from '../../domain/permissions';
import type { SignedIn } from '../../domain/ports/sign-in';
import type { ServiceContext } from '../../services/context';
import type { PortalContext } from '../../services/portal/context';
import { cookieOf } from '../browser';
import { requestAddress } from '../client-address';
import { type ApiContainer, accountActor } from '../context';
import { designedError, inputError } from '../errors';
import { portalContextOf } from '../portal-context';
import { TENANT_COOKIE } from '../tenant-cookie';
import type { CsvCell } from './cells';
import { csvStream } from './stream';

/** What a download may be read from. */
export interface ExportContext extends PortalContext {
  readonly services: ServiceContext;
}

/** Something of a tenant's that can be downloaded. */
export interface CsvExport<Input extends z.ZodType, Row> {
  /** What the file is called before the day. */
  readonly name: string;
  /** Who may: that of the procedure that shows the same on the page. */
  readonly action: Action;
  /** Of the query string; unknown parameters are left alone. */
  readonly input: Input;
  readonly head: readonly string[];
  readonly rows: (ctx: ExportContext, input: z.output<Input>) => AsyncIterable<readonly Row[]>;
  readonly cellsOf: (row: Row) => readonly CsvCell[];
}

/**
 * Answers one download, for an account of the tenant whose role may read it on the page. Errors are
 * OpenAI's shape; one after the first byte breaks the reply off.
 */
export async function answerCsv<Input extends z.ZodType, Row>(
  wanted: CsvExport<Input, Row>,
  request: Request,
  container: ApiContainer,
  currentSignIn: () => Promise<SignedIn | null>,
): Promise<Response> {
  const requestId = uuidV7();
  const headers = { 'cache-control': 'no-store', 'x-request-id': requestId };
  try {
    const tenantId = cookieOf(request.headers, TENANT_COOKIE);
    const actor = await accountActor(container.accounts, await currentSignIn(), tenantId);
    const portalContext = portalContextOf(container, actor, wanted.action);
    const address = requestAddress(request.headers);
    const services = container.serviceContext(portalContext.actor, address);
    const ctx = { ...portalContext, services };
    const { head, cellsOf } = wanted;
    const batches = wanted.rows(ctx, readQuery(wanted.input, request));
    return new Response(csvStream({ head, batches, cellsOf }), {
      headers: {
        ...headers,
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': `attachment; filename="${wanted.name}-${dayOf(ctx.nowMs)}.csv"`,
      },
    });
  } catch (error) {
    const designed = designedError(error, requestId);
    if (designed.status >= 500) {
      container.log?.error({ err: designed.cause ?? designed, requestId }, 'export failed');
    }
    return Response.json(errorBody(designed), { status: designed.status, headers });
  }
}

function readQuery<Input extends z.ZodType>(input: Input, request: Request): z.output<Input> {
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const parsed = input.safeParse(query);
  if (!parsed.success) throw inputError(parsed.error);
  return parsed.data;
}
