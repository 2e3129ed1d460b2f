/** @type {import('next').NextConfig} */
const config = {
  poweredByHeader: false,
  // next dev would write files for coding tools into the folder.
  agentRules: false,
  reactStrictMode: true,
  // What is wrong in a test keeps nobody from starting; npm run verify checks everything.
  typescript: { tsconfigPath: 'tsconfig.build.json' },
  serverExternalPackages: [
    'postgres',
    'ioredis',
    'pino',
    'prom-client',
    '@opentelemetry/api',
    '@opentelemetry/exporter-trace-otlp-http',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace',
    '@node-rs/argon2',
    'undici',
  ],
  outputFileTracingIncludes: { '/**': ['./src/server/lua/**', './drizzle/**'] },
  // The compressor would hold back the small chunks of a stream.
  compress: false,
  async headers() {
    const headers = [{ key: 'x-content-type-options', value: 'nosniff' }];
    // Next compiles a rule that matches anew with each request; the gateway's replies say it themselves.
    return [{ source: '/api/((?!v1/(?:chat/completions|embeddings)$).*)', headers }];
  },
  async rewrites() {
    return [{ source: '/v1/:path*', destination: '/api/v1/:path*' }];
  },
};

export default config;
