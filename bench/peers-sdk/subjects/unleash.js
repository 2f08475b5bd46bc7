// Unleash's client of pages evaluates nothing: the server has, and it looks the answer up. One client for each user.
import { InMemoryStorageProvider, UnleashClient } from 'unleash-proxy-client';
import { fits, FLAGS, ROLLOUT, RULE, users } from './users.js';

export default () => {
  const clients = users.map((user, number) => {
    const on = Array.from({ length: FLAGS }, (_, i) => `flag-${i}`).filter((key) =>
      key === RULE ? fits(user) : number % 2 === 0,
    );
    return new UnleashClient({
      url: 'http://127.0.0.1:9/api/frontend',
      clientKey: 'none',
      appName: 'bench',
      disableMetrics: true,
      disableRefresh: true,
      storageProvider: new InMemoryStorageProvider(),
      bootstrap: on.map((name) => ({
        name,
        enabled: true,
        variant: { name: 'disabled', enabled: false },
        impressionData: false,
      })),
    });
  });
  return {
    rollout: (number) => clients[number].isEnabled(ROLLOUT),
    rule: (number) => clients[number].isEnabled(RULE),
  };
};
