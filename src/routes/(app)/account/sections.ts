/** The parts of a person's account, in order. */
export const sections = [
	{ path: '/account', label: 'Profile' },
	{ path: '/account/preferences', label: 'Preferences' },
	{ path: '/account/email', label: 'E-mail address' },
	{ path: '/account/password', label: 'Password' },
	{ path: '/account/second-factor', label: 'Second factor' },
	{ path: '/account/sessions', label: 'Sessions' },
	{ path: '/account/workspaces', label: 'Workspaces' },
	{ path: '/account/delete', label: 'Delete account' }
] as const;
