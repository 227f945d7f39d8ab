import type { Sql } from 'postgres';
import type { Faults } from './faults.ts';
import type { Feed } from './feed.ts';
import type { Pruner } from './pruner.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** What every part of the service works with. */
export type MailContext = {
	/** The database `mailbox`. */
	sql: Sql;
	/** The one token Postmark's API is called with. */
	serverToken: string;
	/** Signs the links that tell who opened and clicked what. */
	trackingSecret: string;
	/** Where the service is reached, without a path; known once it listens. */
	url: () => string;
	smtpPort: () => number;
	faults: Faults;
	feed: Feed;
	pruner: Pruner;
	sender: WebhookSender;
	/** Whether a receiver takes each message at once, or a person decides. */
	receiver: { delivers: 'automatically' | 'by hand' };
};

/** The id of the one Postmark server this service plays. */
export const SERVER_ID = 1;
