const table = `
+1 👍 -1 👎 thumbsup 👍 thumbsdown 👎 ok_hand 👌 wave 👋 raised_hands 🙌 clap 👏 pray 🙏 muscle 💪 point_right 👉
point_left 👈 point_up ☝️ point_down 👇 raised_hand ✋ eyes 👀 handshake 🤝 writing_hand ✍️
smile 😄 smiley 😃 grinning 😀 grin 😁 joy 😂 laughing 😆 sweat_smile 😅 slightly_smiling_face 🙂 upside_down_face 🙃
wink 😉 blush 😊 innocent 😇 heart_eyes 😍 kissing_heart 😘 yum 😋 stuck_out_tongue 😛 sunglasses 😎 nerd_face 🤓
thinking_face 🤔 neutral_face 😐 expressionless 😑 no_mouth 😶 smirk 😏 unamused 😒 face_with_rolling_eyes 🙄
grimacing 😬 relieved 😌 pensive 😔 sleeping 😴 mask 😷 dizzy_face 😵 exploding_head 🤯 confused 😕 worried 😟
slightly_frowning_face 🙁 open_mouth 😮 hushed 😯 astonished 😲 flushed 😳 fearful 😨 cold_sweat 😰 cry 😢 sob 😭
scream 😱 confounded 😖 disappointed 😞 sweat 😓 weary 😩 tired_face 😫 angry 😠 rage 😡 skull 💀 robot_face 🤖
heart ❤️ broken_heart 💔 100 💯 boom 💥 fire 🔥 sparkles ✨ star ⭐ star2 🌟 zap ⚡ rainbow 🌈 sunny ☀️ snowflake ❄️
tada 🎉 confetti_ball 🎊 gift 🎁 trophy 🏆 medal 🏅 dart 🎯 rocket 🚀 airplane ✈️ ship 🚢 car 🚗 construction 🚧
rotating_light 🚨 siren 🚨 traffic_light 🚥 stop_sign 🛑 octagonal_sign 🛑 warning ⚠️ no_entry ⛔ no_entry_sign 🚫
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ heavy_multiplication_x ✖️ negative_squared_cross_mark ❎
question ❓ grey_question ❔ exclamation ❗ heavy_exclamation_mark ❗ bangbang ‼️ information_source ℹ️ recycle ♻️
arrow_right ➡️ arrow_left ⬅️ arrow_up ⬆️ arrow_down ⬇️ arrows_counterclockwise 🔄 repeat 🔁 heavy_plus_sign ➕
heavy_minus_sign ➖ red_circle 🔴 large_orange_circle 🟠 large_yellow_circle 🟡 large_green_circle 🟢 large_blue_circle 🔵
large_purple_circle 🟣 white_circle ⚪ black_circle ⚫ large_green_square 🟩 large_red_square 🟥 large_yellow_square 🟨
small_red_triangle 🔺 small_blue_diamond 🔹 small_orange_diamond 🔸 radio_button 🔘
lock 🔒 unlock 🔓 closed_lock_with_key 🔐 lock_with_ink_pen 🔏 key 🔑 old_key 🗝️ shield 🛡️ bell 🔔 no_bell 🔕
hourglass ⌛ hourglass_flowing_sand ⏳ alarm_clock ⏰ stopwatch ⏱️ timer_clock ⏲️ clock1 🕐 clock3 🕒 clock9 🕘 watch ⌚
calendar 📆 date 📅 spiral_calendar_pad 🗓️ pushpin 📌 round_pushpin 📍 paperclip 📎 link 🔗 memo 📝 pencil 📝
pencil2 ✏️ clipboard 📋 page_facing_up 📄 page_with_curl 📃 bookmark 🔖 books 📚 book 📖 newspaper 📰 scroll 📜
chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 bar_chart 📊 file_folder 📁 open_file_folder 📂 package 📦
mailbox 📫 email 📧 envelope ✉️ inbox_tray 📥 outbox_tray 📤 incoming_envelope 📨 speech_balloon 💬 thought_balloon 💭
mega 📣 loudspeaker 📢 mag 🔍 mag_right 🔎 bulb 💡 wrench 🔧 hammer 🔨 hammer_and_wrench 🛠️ gear ⚙️ nut_and_bolt 🔩
computer 💻 desktop_computer 🖥️ keyboard ⌨️ phone ☎️ iphone 📱 battery 🔋 electric_plug 🔌 floppy_disk 💾 satellite 📡
bug 🐛 beetle 🐞 ant 🐜 cat 🐱 dog 🐶 unicorn_face 🦄 penguin 🐧 snake 🐍 turtle 🐢 bee 🐝 owl 🦉 seedling 🌱 evergreen_tree 🌲
coffee ☕ tea 🍵 beer 🍺 beers 🍻 pizza 🍕 cake 🍰 birthday 🎂 cookie 🍪 apple 🍎 lemon 🍋
house 🏠 office 🏢 hospital 🏥 bank 🏦 earth_africa 🌍 earth_americas 🌎 earth_asia 🌏 globe_with_meridians 🌐
bust_in_silhouette 👤 busts_in_silhouette 👥 detective 🕵️ cop 👮 ghost 👻 alien 👽 see_no_evil 🙈 hear_no_evil 🙉
speak_no_evil 🙊 moneybag 💰 dollar 💵 credit_card 💳 gem 💎 crystal_ball 🔮 magic_wand 🪄 ladder 🪜 label 🏷️
one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ zero 0️⃣ new 🆕 free 🆓 sos 🆘 ok 🆗 up 🆙 id 🆔 ab 🆎
checkered_flag 🏁 triangular_flag_on_post 🚩 white_flag 🏳️ black_flag 🏴 wastebasket 🗑️ broom 🧹 test_tube 🧪 microscope 🔬
`;

const known = new Map(
  [...table.matchAll(/(\S+) (\S+)/g)].map(([, name = "", character = ""]) => [name, character]),
);

/** The character of a shortcode of the common set: `lock` → 🔒. */
export const emojiOf = (name: string): string | undefined => known.get(name.replace(/::skin-tone-\d$/, ""));

/** Plain text with its shortcodes replaced; unknown ones stay as they are. */
export function withEmoji(text: string): string {
  return text.replace(
    /:([a-z0-9_+-]+(?:::skin-tone-\d)?):/g,
    (whole, name: string) => emojiOf(name) ?? whole,
  );
}
