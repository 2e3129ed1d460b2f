/** Where a snippet sends its request, with what key, for which model. */
export interface Target {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
}

/** The two variables that OpenAI's libraries read. */
export const variables = ({ baseUrl, apiKey }: Target): string =>
  `export OPENAI_BASE_URL="${baseUrl}"
export OPENAI_API_KEY="${apiKey}"`;

export const curl = ({ baseUrl, apiKey, model }: Target): string =>
  `curl ${baseUrl}/chat/completions \\
  -H "Authorization: Bearer ${apiKey}" \\
  -H "Content-Type: application/json" \\
  -d '{"model":"${model}",
       "messages":[{"role":"user","content":"Hello!"}]}'`;

export const python = ({ baseUrl, apiKey, model }: Target): string =>
  `from openai import OpenAI

client = OpenAI(
    base_url="${baseUrl}",
    api_key="${apiKey}",
)
reply = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Hello!"}],
)
print(reply.choices[0].message.content)`;

export const typescript = ({ baseUrl, apiKey, model }: Target): string =>
  `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${baseUrl}',
  apiKey: '${apiKey}',
});
const reply = await client.chat.completions.create({
  model: '${model}',
  messages: [{ role: 'user', content: 'Hello!' }],
});
console.log(reply.choices[0].message.content);`;
