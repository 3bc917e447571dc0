declare const KINDLING_BUILD: { readonly version: string; readonly commit: string | null; readonly modified: boolean };

/** Which sources the page was built from; the build puts it here. */
export const BUILD = KINDLING_BUILD;
