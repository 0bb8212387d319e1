// A new app as a form: what is typed, and what is wrong with it before the api is asked.

import type { AppSettingsView } from '@message-push/protocol/admin';
import { APP_LIMITS } from '@message-push/protocol/admin/limits';
import { isAddressOrRange } from './addresses.ts';
import type { Environment, Lifetime } from './issue-dialog.tsx';
import { itemsOf, type Problem, type Refusal, told } from './settings-form.ts';

const APP_ID = /^[A-Za-z0-9_-]{1,64}$/;

export interface CreationDraft {
  name: string;
  /** Empty: one is made. */
  id: string;
  environment: Environment;
  lifetime: Lifetime;
  /** One a line; empty: from everywhere. */
  addresses: string;
  /** Empty: the default. */
  requests: string;
}
export type CreationField = 'name' | 'id' | 'addresses' | 'requests';

export const emptyCreation: CreationDraft = {
  name: '',
  id: '',
  environment: 'live',
  lifetime: 'never',
  addresses: '',
  requests: '',
};

export function creationProblems(draft: CreationDraft): Partial<Record<CreationField, Problem>> {
  const found: Partial<Record<CreationField, Problem>> = {};
  const name = [...draft.name.trim()].length;
  if (name === 0) found.name = { code: 'required' };
  else if (name > APP_LIMITS.nameCharsMax) found.name = { code: 'tooLong', max: APP_LIMITS.nameCharsMax };
  if (draft.id.trim() !== '' && !APP_ID.test(draft.id.trim())) found.id = { code: 'badId' };
  const addresses = itemsOf(draft.addresses);
  const line = addresses.findIndex((item) => !isAddressOrRange(item));
  const item = addresses[line];
  if (addresses.length > APP_LIMITS.addressesMax)
    found.addresses = { code: 'tooManyItems', max: APP_LIMITS.addressesMax };
  else if (item !== undefined) found.addresses = { code: 'badAddress', item, line: line + 1 };
  const requests = requestsOf(draft);
  const max = APP_LIMITS.requestsPerSecondMax;
  if (requests !== undefined && !Number.isInteger(requests)) found.requests = { code: 'notWhole', max };
  else if (requests !== undefined && (requests < 1 || requests > max)) found.requests = { code: 'range', min: 1, max };
  return found;
}

/** The settings to send after the app was made; undefined when all stay as they are. */
export function settingsOf(draft: CreationDraft): Partial<AppSettingsView> | undefined {
  const settings: Partial<AppSettingsView> = {};
  const addresses = itemsOf(draft.addresses);
  if (addresses.length > 0) settings.address_allow_list = addresses;
  const requests = requestsOf(draft);
  if (requests !== undefined) settings.requests_per_second = requests;
  return Object.keys(settings).length === 0 ? undefined : settings;
}

/** The api's findings about the app itself. */
export function toldCreation(refusal: Refusal) {
  const found: Partial<Record<CreationField, Problem>> = {};
  for (const { path, problem } of refusal.details)
    if (path === 'name' || path === 'id') found[path] ??= told(refusal, problem);
  return found;
}

function requestsOf({ requests }: CreationDraft): number | undefined {
  const digits = requests.replace(/[\s,_']/g, '');
  return digits === '' ? undefined : Number(digits);
}
