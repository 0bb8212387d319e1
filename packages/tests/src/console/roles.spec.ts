// A page offers what the role may do, and nothing else.
import type { RoleName } from '@message-push/protocol/admin/rights';
import { expect, test } from './signed-in.ts';

const OFFERED: Record<RoleName, { send: boolean; audit: boolean; operators: boolean }> = {
  viewer: { send: false, audit: true, operators: false },
  owner: { send: true, audit: false, operators: false },
  operator: { send: true, audit: true, operators: false },
  admin: { send: true, audit: true, operators: true },
};

for (const [role, offered] of Object.entries(OFFERED) as [RoleName, (typeof OFFERED)[RoleName]][]) {
  test.describe(role, () => {
    test.use({ role });
    test('sees what they may use', async ({ page }) => {
      await page.goto('/settings/profile');
      const nav = page.getByRole('navigation').first();
      await expect(nav.getByRole('link', { name: 'History' })).toBeVisible();
      await expect(nav.getByRole('link', { name: 'Send' })).toHaveCount(offered.send ? 1 : 0);
      await expect(nav.getByRole('link', { name: 'Audit log' })).toHaveCount(offered.audit ? 1 : 0);
      await expect(page.getByRole('link', { name: 'Operators' })).toHaveCount(offered.operators ? 1 : 0);
    });
  });
}
