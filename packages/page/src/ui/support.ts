import { type Child, h } from './dom.js';
import { notify } from './notices.js';

interface Advice {
  readonly name: string;
  /** Recognises the browser by how it names itself; advice is all that hangs on it. */
  readonly is: (agent: string) => boolean;
  readonly lines: readonly Child[];
}

const code = (text: string): Child => h('code', {}, text);

const ADVICE: readonly Advice[] = [
  {
    name: 'Chrome and Edge, on Windows, macOS, ChromeOS or Android 12',
    is: (agent) => /Chrome\//.test(agent) && !/X11; Linux/.test(agent),
    lines: [
      'Version 113 or later (121 on Android). Switch on “Use graphics acceleration when available” under Settings, System, and restart. ',
      code('chrome://gpu'),
      ' tells why WebGPU is off.',
    ],
  },
  {
    name: 'Safari',
    is: (agent) => /Safari\//.test(agent) && !/Chrome\/|Chromium\//.test(agent),
    lines: ['Version 26 or later, on macOS, iOS, iPadOS or visionOS 26. Nothing has to be switched on.'],
  },
  {
    name: 'Firefox',
    is: (agent) => /Firefox\//.test(agent),
    lines: [
      'Version 141 or later on Windows, a recent one on a Mac with Apple silicon. Elsewhere Firefox Nightly, or set ',
      code('dom.webgpu.enabled'),
      ' to true in ',
      code('about:config'),
      '.',
    ],
  },
  {
    name: 'Chrome or Chromium on Linux',
    is: (agent) => /Chrome\//.test(agent) && /X11; Linux/.test(agent),
    lines: [
      'Version 144 or later has it on with recent Intel graphics. Otherwise start it with ',
      code('--enable-unsafe-webgpu --enable-features=Vulkan'),
      ', or switch on “Unsafe WebGPU Support” and “Vulkan” in ',
      code('chrome://flags'),
      '. On a machine without a GPU add ',
      code('--use-webgpu-adapter=swiftshader'),
      ': the processor then runs the shaders, slowly.',
    ],
  },
];

/** Says that there is no WebGPU here, and what to do about it, the browser at hand first. */
export function tellMissing(reason: string): void {
  const agent = navigator.userAgent;
  const sorted = [...ADVICE].sort((a, b) => Number(b.is(agent)) - Number(a.is(agent)));
  const secure = globalThis.isSecureContext
    ? []
    : [h('p', {}, h('strong', {}, 'This address is not secure. '), 'Browsers offer WebGPU only under https, or under http on localhost.')];
  notify('webgpu', {
    kind: 'trouble',
    title: 'This browser offers no WebGPU here, so nothing can be trained',
    closable: false,
    body: [
      h('p', {}, `The reason: ${reason}${/[.?!]$/.test(reason) ? '' : '.'}`),
      ...secure,
      h(
        'dl',
        { class: 'advice' },
        ...sorted.flatMap(({ name, is, lines }) => [
          h('dt', {}, name, ...(is(agent) ? [h('span', { class: 'tag' }, 'this one, it seems')] : [])),
          h('dd', {}, ...lines),
        ]),
      ),
      h(
        'p',
        {},
        'Everything below stays readable, with the numbers measured before. The command line trains the same recipes without a browser or a GPU.',
      ),
    ],
  });
}
