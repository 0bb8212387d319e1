import type { NextConfig } from 'next';
import createNextIntlPlugin from 'next-intl/plugin';

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm run check` checks the types, with the compiler of the whole repository.
  typescript: { ignoreBuildErrors: true },
  devIndicators: false,
};

export default createNextIntlPlugin({
  requestConfig: './src/i18n/request.ts',
  // Texts are parsed when the console is built: pages need no parser of them.
  experimental: { messages: { path: './messages', format: 'json', locales: 'infer', precompile: true } },
})(config);
