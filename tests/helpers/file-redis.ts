import { randomBytes } from 'node:crypto';
import { afterAll } from 'vitest';
import { startRedis } from './redis';

// A setup file: every test file gets an empty Redis, so that files run side by side although some
// count its commands, make it forget its scripts or look at all its keys.
const redis = await startRedis({
  password: randomBytes(24).toString('hex'),
  args: ['--appendfsync', 'everysec'],
});
process.env.TEST_REDIS_URL = redis.url;
afterAll(() => redis.close());
