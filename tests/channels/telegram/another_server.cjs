// Serves npm's telegram-test-api 4.2.1, mended where it is not as the Bot API: dates in milliseconds, texts in
// place of objects, no chat_instance, no secret. Usage: node another_server.cjs PORT SECRET, with NODE_PATH set.
const TelegramServer = require('telegram-test-api');

const [port, secret] = process.argv.slice(2);
require('axios').defaults.headers.common['X-Telegram-Bot-Api-Secret-Token'] = secret;

const formatUpdate = TelegramServer.formatUpdate;
TelegramServer.formatUpdate = (update) => {
  const sent = formatUpdate(update);
  if (sent.callback_query) sent.callback_query.chat_instance = '-301';
  return sent;
};

class Server extends TelegramServer {
  addBotMessage(message, token) {
    const { link_preview_options, ...sent } = super.addBotMessage(message, token);
    return { ...sent, date: Math.floor(sent.date / 1000) };
  }
}

new Server({ port: Number(port), host: '127.0.0.1' }).start().then(() => console.log('ready'));
