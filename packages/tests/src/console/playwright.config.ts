// The console in a browser, over real processes: journeys, accessibility, looks, budgets.
import { defineConfig, devices } from '@playwright/test';

const desktop = { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 800 } };
const phone = { ...desktop, viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  // The platform is one for all: what a test changes, others would see.
  workers: 1,
  fullyParallel: false,
  timeout: 120_000,
  expect: { timeout: 20_000, toHaveScreenshot: { maxDiffPixelRatio: 0.02, animations: 'disabled', caret: 'hide' } },
  snapshotPathTemplate: '{testDir}/shots/{projectName}/{arg}{ext}',
  updateSnapshots: process.env.SHOTS === 'update' ? 'all' : 'none',
  outputDir: process.env.CONSOLE_RESULTS ?? '/dev/null',
  reporter: [['dot'], ['json', { outputFile: process.env.CONSOLE_REPORT ?? '/dev/null' }]],
  use: {
    baseURL: process.env.CONSOLE_URL ?? '',
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
    },
  },
  projects: [
    { name: 'journeys', testIgnore: '*.looks.spec.ts', use: { ...desktop, locale: 'en-US', colorScheme: 'light' } },
    { name: 'en-light', testMatch: '*.looks.spec.ts', use: { ...desktop, locale: 'en-US', colorScheme: 'light' } },
    { name: 'zh-dark', testMatch: '*.looks.spec.ts', use: { ...desktop, locale: 'zh-CN', colorScheme: 'dark' } },
    { name: 'phone', testMatch: '*.looks.spec.ts', use: { ...phone, locale: 'en-US', colorScheme: 'light' } },
  ],
});
