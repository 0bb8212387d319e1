// The types of the texts: a key that no catalogue holds does not compile.
import type apps from '../../messages/en/apps.json';
import type audit from '../../messages/en/audit.json';
import type common from '../../messages/en/common.json';
import type deadLetters from '../../messages/en/deadLetters.json';
import type errors from '../../messages/en/errors.json';
import type gallery from '../../messages/en/gallery.json';
import type messages from '../../messages/en/messages.json';
import type overview from '../../messages/en/overview.json';
import type palette from '../../messages/en/palette.json';
import type playground from '../../messages/en/playground.json';
import type ring from '../../messages/en/ring.json';
import type send from '../../messages/en/send.json';
import type settings from '../../messages/en/settings.json';
import type shell from '../../messages/en/shell.json';
import type signIn from '../../messages/en/signIn.json';
import type status from '../../messages/en/status.json';
import type trace from '../../messages/en/trace.json';
import type users from '../../messages/en/users.json';
import type { Locale } from './locales.ts';

declare module 'next-intl' {
  interface AppConfig {
    Locale: Locale;
    Messages: {
      shell: typeof shell;
      common: typeof common;
      status: typeof status;
      errors: typeof errors;
      palette: typeof palette;
      signIn: typeof signIn;
      overview: typeof overview;
      send: typeof send;
      messages: typeof messages;
      trace: typeof trace;
      users: typeof users;
      ring: typeof ring;
      playground: typeof playground;
      apps: typeof apps;
      deadLetters: typeof deadLetters;
      audit: typeof audit;
      settings: typeof settings;
      gallery: typeof gallery;
    };
  }
}
